package identity

import (
	"time"

	"github.com/sshd-doctor/sshd-doctor/internal/ledger"
)

// Origin says where a key came from, as far as the times of files can tell;
// detail as in ledger.Entry. It is pure.
func (f Facts) Origin(made time.Time) (origin ledger.Origin, detail string) {
	if made.IsZero() {
		return ledger.Unknown, ""
	}
	near := func(at time.Time, before, after time.Duration) bool {
		return !at.IsZero() && made.Sub(at) >= -before && made.Sub(at) <= after
	}
	for _, i := range f.Cloud.Instances {
		// File times are a tick behind the clock.
		if i.ID == f.Cloud.Current && near(i.SSH, time.Second, making) {
			return ledger.CloudInit, i.ID
		}
	}
	for _, a := range f.Agents {
		if !a.Off && near(a.Record.Made, making, making) {
			return ledger.Agent, a.Name
		}
	}
	if near(f.Installed, time.Minute, making) {
		return ledger.Package, ""
	}
	if f.Container == "" && !f.Overlay && f.MachineID.Made.Sub(made) >= apart {
		return ledger.Image, ""
	}
	return ledger.Unknown, ""
}
