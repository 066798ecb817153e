package report

import "github.com/sshd-doctor/sshd-doctor/internal/diag"

// diskVerdict is the end of a report about a disk. What only its next boot can
// show is not promised.
func diskVerdict(r diag.Report, o Options) []line {
	const boot = "Next:  unmount the disk and boot from it."
	switch r.Verdict {
	case diag.Healthy:
		word := "HEALTHY"
		if r.Changed {
			word = "HEALED"
		}
		return []line{
			{text: word + ": the disk's sshd, started in its own root, proves its key.", mark: good},
			{text: boot},
		}
	case diag.Degraded:
		return next(r, o, line{text: "DEGRADED: the disk's sshd is all right so far; something else is not.", mark: doubt})
	case diag.Unknown:
		text := "COULD NOT TELL: what was missing stands above."
		if !o.Root {
			text = "COULD NOT TELL: see above. Run it as root."
		}
		for _, f := range r.Findings {
			if f.Code == "hostkey-missing" && f.Severity == diag.Notice && len(r.HostKeys) == 0 {
				// An image: booting is what it is for.
				return []line{
					{text: "COULD NOT TELL: it makes its host keys when it first boots.", mark: doubt},
					{text: "If no other server is made from it, they can be made now, with the same"},
					{text: "--root:  sshd-doctor heal --allow hostkey-missing"},
				}
			}
		}
		if r.Changed {
			text = "REPAIRED, and not proven: what could not be told stands above."
		}
		return next(r, o, line{text: text, mark: doubt})
	}
	return next(r, o, line{text: "BROKEN: booted from this disk, nobody gets in over SSH.", mark: bad})
}
