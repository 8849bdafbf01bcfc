package httpapi

import (
	"context"
	"net/http"
	"time"

	"transporter/internal/account"
	"transporter/internal/contract"
	"transporter/internal/fault"
	"transporter/internal/receipt"
	"transporter/internal/task"

	"golang.org/x/sync/errgroup"
)

// listConcurrency bounds the queries that one list of accounts makes at a time.
const listConcurrency = 8

// Account is what people send to make an account.
type Account struct {
	Description string `json:"description" minLength:"1" maxLength:"200" doc:"The name people know it by." example:"Support EU"`
	Zone        string `json:"zone,omitempty" maxLength:"64" doc:"IANA time zone; may be set later." example:"Europe/Madrid"`
}

// AccountView is an account without what it owns.
type AccountView struct {
	ID           string    `json:"id" example:"01JD3Z9QK8V6C3N5T7W9Y1B3D5"`
	Description  string    `json:"description" example:"Support EU"`
	CreatedAt    time.Time `json:"createdAt"`
	Zone         string    `json:"zone,omitempty" example:"Europe/Madrid"`
	Sources      int       `json:"sources" doc:"How many it has."`
	Destinations int       `json:"destinations" doc:"How many it has."`
	Keys         int       `json:"keys" doc:"How many it has."`
	Tasks        int       `json:"tasks" doc:"How many it has."`
	Apps         int       `json:"apps" doc:"How many it has."`
}

// Settings are the account's defaults.
type Settings struct {
	Zone string `json:"zone" minLength:"1" maxLength:"64" doc:"IANA time zone: people see times in it." example:"Europe/Madrid"`
}

// InNewAccount is the creation of an account.
type InNewAccount struct {
	Creation
	Body Account
}

// InClose closes an account.
type InClose struct {
	InAccount
	Creation
}

// InSettings replaces the settings.
type InSettings struct {
	InAccount
	Change
	Body Settings
}

func (s *Server) accounts() {
	const at, tag = "/v1/accounts", "accounts"
	route(s, operation{
		Method: http.MethodPost, Path: at, ID: "create-account", Tag: tag, Status: http.StatusCreated,
		Summary: "Create an account", Errors: []int{400, 409, 413, 422},
	}, s.createAccount)
	route(s, operation{Method: http.MethodGet, Path: at, ID: "list-accounts", Tag: tag, Summary: "List the accounts"}, s.listAccounts)
	route(s, operation{
		Method: http.MethodGet, Path: at + "/{a}", ID: "get-account", Tag: tag,
		Summary: "Show an account", Errors: []int{404},
	}, s.getAccount)
	route(s, operation{
		Method: http.MethodDelete, Path: at + "/{a}", ID: "delete-account", Tag: tag, Status: http.StatusNoContent,
		Summary: "Close an account", Doc: "Its schedules are removed and its secrets forgotten. Receipts, run records and delivered files stay. While apps of it are installed it is refused with 409, naming them.",
		Errors: []int{404, 409},
	}, s.closeAccount)
	route(s, operation{
		Method: http.MethodGet, Path: at + "/{a}/settings", ID: "get-settings", Tag: tag,
		Summary: "Show the settings", Errors: []int{404},
	}, s.getSettings)
	route(s, operation{
		Method: http.MethodPut, Path: at + "/{a}/settings", ID: "replace-settings", Tag: tag,
		Summary: "Replace the settings", Errors: []int{400, 404, 409, 412, 413, 422},
	}, s.putSettings)
}

func (s *Server) createAccount(ctx context.Context, in *InNewAccount) (*Item[AccountView], error) {
	if err := checkZone(in.Body.Zone); err != nil {
		return nil, err
	}
	id := s.newID(seed(in.IdempotencyKey, "accounts"))
	create := contract.CreateIn{Write: in.write(), Account: id, Description: in.Body.Description}
	if err := s.cfg.Accounts.Create(ctx, create); err != nil {
		return nil, err
	}
	if in.Body.Zone != "" {
		write := in.write() // of a fresh account: settings have no version yet
		write.IfVersion = contract.AnyVersion
		if write.IdemKey != "" {
			write.IdemKey += "/settings"
		}
		put := contract.PutSettingsIn{Write: write, Settings: account.Settings{Zone: in.Body.Zone}}
		if err := s.cfg.Accounts.Update(ctx, id, contract.UpdatePutSettings, put, nil); err != nil {
			return nil, err
		}
	}
	item, err := s.getAccount(ctx, &InAccount{Account: id})
	if err == nil {
		item.Location = "/v1/accounts/" + id
	}
	return item, err
}

func (s *Server) listAccounts(ctx context.Context, _ *struct{}) (*Listing[AccountView], error) {
	ids, err := s.cfg.Accounts.List(ctx)
	if err != nil {
		return nil, err
	}
	views := make([]*AccountView, len(ids))
	group, gctx := errgroup.WithContext(ctx)
	group.SetLimit(listConcurrency)
	for i, id := range ids {
		group.Go(func() error {
			snap, err := s.cfg.Accounts.Snapshot(gctx, id)
			if fault.Is(err, fault.NotFound) { // closed meanwhile
				return nil
			}
			if err == nil && snap.Created && !snap.Closed {
				view := viewAccount(snap)
				views[i] = &view
			}
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	out := &Listing[AccountView]{Body: List[AccountView]{Items: []AccountView{}}}
	for _, v := range views {
		if v != nil {
			out.Body.Items = append(out.Body.Items, *v)
		}
	}
	return out, nil
}

func (s *Server) getAccount(ctx context.Context, in *InAccount) (*Item[AccountView], error) {
	snap, err := s.snapshot(ctx, in.Account)
	if err != nil {
		return nil, err
	}
	return &Item[AccountView]{Body: viewAccount(snap)}, nil
}

func (s *Server) closeAccount(ctx context.Context, in *InClose) (*Nothing, error) {
	if _, err := s.snapshot(ctx, in.Account); err != nil {
		return nil, err
	}
	end := contract.CloseIn{Write: in.write()}
	return &Nothing{}, s.cfg.Accounts.Update(ctx, in.Account, contract.UpdateClose, end, nil)
}

func (s *Server) getSettings(ctx context.Context, in *InAccount) (*Item[Settings], error) {
	snap, err := s.snapshot(ctx, in.Account)
	if err != nil {
		return nil, err
	}
	return &Item[Settings]{ETag: etag(snap.Settings.Version), Body: Settings{Zone: snap.Settings.Zone}}, nil
}

func (s *Server) putSettings(ctx context.Context, in *InSettings) (*Item[Settings], error) {
	snap, err := s.snapshot(ctx, in.Account)
	if err != nil {
		return nil, err
	}
	write, err := in.write()
	if err == nil && write.IdemKey == "" {
		err = checkVersion(write, snap.Settings.Version)
	}
	if err == nil {
		err = checkZone(in.Body.Zone)
	}
	if err != nil {
		return nil, err
	}
	put := contract.PutSettingsIn{Write: write, Settings: account.Settings{Zone: in.Body.Zone}}
	if err := s.cfg.Accounts.Update(ctx, in.Account, contract.UpdatePutSettings, put, nil); err != nil {
		return nil, err
	}
	return s.getSettings(ctx, &in.InAccount)
}

// snapshot returns an account that exists and is open.
func (s *Server) snapshot(ctx context.Context, id string) (account.Snapshot, error) {
	if err := checkID("a", "account", id); err != nil {
		return account.Snapshot{}, err
	}
	snap, err := s.cfg.Accounts.Snapshot(ctx, id)
	if fault.Is(err, fault.NotFound) || (err == nil && (!snap.Created || snap.Closed)) {
		return snap, notFound("a", "account", id)
	}
	return snap, err
}

// hasHistory returns nil for an account that is open, and for one that was closed or lost
// with Temporal's database but of which runs are recorded: records stay for good.
func (s *Server) hasHistory(ctx context.Context, id string) error {
	_, missing := s.snapshot(ctx, id)
	if !fault.Is(missing, fault.NotFound) {
		return missing
	}
	if err := checkID("a", "account", id); err != nil {
		return err
	}
	recorded, err := s.cfg.Book.Runs(ctx, receipt.RunFilter{Account: id, Limit: 1})
	if err == nil && len(recorded) == 0 {
		err = missing
	}
	return err
}

func viewAccount(snap account.Snapshot) AccountView {
	return AccountView{
		ID: snap.ID, Description: snap.Description, CreatedAt: snap.CreatedAt, Zone: snap.Settings.Zone,
		Sources: len(snap.Sources), Destinations: len(snap.Destinations), Keys: len(snap.Keys), Tasks: len(snap.Tasks), Apps: len(snap.Apps),
	}
}

func checkZone(name string) error {
	if name == "" {
		return nil
	}
	_, err := task.Zone(name)
	return err
}
