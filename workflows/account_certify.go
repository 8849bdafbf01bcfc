package workflows

import (
	"go.temporal.io/sdk/workflow"

	"transporter/internal/contract"
	"transporter/internal/fault"
)

// registerCertify lets people ask for certificates of coverage. The worker makes them: the
// key that signs is nowhere else.
func (e *entity) registerCertify(ctx workflow.Context) error {
	return workflow.SetUpdateHandlerWithOptions(ctx, contract.UpdateCertify, e.certify, workflow.UpdateHandlerOptions{
		Validator: func(in contract.CertifyIn) error { return refusal(e.checkCertify(in)) }, Description: "sign what was delivered of a period",
	})
}

func (e *entity) checkCertify(in contract.CertifyIn) error {
	if err := e.alive(); err != nil {
		return err
	}
	if in.Account != e.ID {
		return fault.New(fault.InvalidSpec, "%q is not this account, %q", in.Account, e.ID).WithField("account")
	}
	if _, ok := e.Tasks[in.Task]; !ok {
		return missing("task", in.Task)
	}
	return nil
}

// certify changes nothing and takes no lock: reading receipts holds up no write.
func (e *entity) certify(ctx workflow.Context, in contract.CertifyIn) (contract.CertifyOut, error) {
	out, err := exec[contract.CertifyOut](summarise(ctx, "certify task %s", in.Task), contract.ActivityCertify, in)
	return out, refusal(err)
}
