package activities

import (
	"time"

	"transporter/internal/task"
)

// encryptedSuffix ends the names of OpenPGP files.
const encryptedSuffix = ".pgp"

// fileName renders the leg's template for one part of a run.
func fileName(plan *Plan, leg *PlannedLeg, part, parts int) (string, error) {
	template, err := task.ParseName(leg.Leg.FileName)
	if err != nil {
		return "", err
	}
	name := template.Render(task.NameData{
		Report: plan.Spec.Report, Task: plan.Delivery.Task, Description: plan.Spec.Description,
		Account: plan.PlatformAccount, Format: plan.Spec.Format,
		Window: task.Window{From: time.UnixMilli(plan.Window.From), To: time.UnixMilli(plan.Window.To)},
		Fire:   plan.Fire, Date: plan.Date,
		Part: part, Parts: parts, Revision: plan.Delivery.Revision,
	})
	if leg.Leg.Encryption.Mode == task.EncryptPGP {
		name += encryptedSuffix
	}
	return name, nil
}
