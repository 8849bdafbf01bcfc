package sftp

import (
	"context"

	"transporter/internal/destination"
	"transporter/internal/sshlogin"
)

// Connect logs in and starts SFTP. See destination.Destination for the errors; a user
// who may log in but not use SFTP is fault.PermissionDenied.
func (d *Destination) Connect(ctx context.Context) (destination.Session, error) {
	s, err := d.connect(ctx)
	if err != nil {
		return nil, err
	}
	return s, nil
}

func (d *Destination) connect(ctx context.Context) (*session, error) {
	conn, err := d.login.Connect(ctx)
	if err != nil {
		return nil, err
	}
	return d.start(ctx, conn)
}

// start speaks SFTP over an authenticated connection, which it closes where that fails.
func (d *Destination) start(ctx context.Context, conn *sshlogin.Client) (*session, error) {
	client, big, err := conn.Files(ctx)
	if err != nil {
		return nil, err
	}
	s := &session{d: d, conn: conn, client: client}
	s.ordered = big && s.isOpenSSH()
	return s, nil
}
