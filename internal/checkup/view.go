package checkup

import (
	"context"
	"path"

	"github.com/sshd-doctor/sshd-doctor/internal/host"
	"github.com/sshd-doctor/sshd-doctor/internal/sshdconf"
	"github.com/sshd-doctor/sshd-doctor/internal/view"
)

// collectView returns the box as sshd's unit sees it. Where that is another one
// than ours, sshd is asked there; where it cannot be seen, what was read here is
// forgotten, but for where to try a connection.
func (f *Facts) collectView(ctx context.Context, h *host.Host, o Options) *host.Host {
	unit := f.Service.Service
	from := view.From{
		Unit: unit.ID, MainPID: unit.MainPID, Reads: []string{path.Dir(f.Conf.MainFile), binary(f.Service)},
	}
	if unit.FragmentPath != "" {
		from.Files = append(from.Files, unit.FragmentPath)
	}
	from.Files = append(from.Files, unit.DropIns...)
	for _, k := range f.Conf.HostKeys {
		from.Reads = append(from.Reads, path.Dir(k.Path))
	}
	if h.UID != 0 {
		from.MainPID = 0
	}
	var seen *host.Host
	f.View, seen = view.Collect(ctx, h, from)
	switch {
	case f.View.Seen:
		f.Conf = sshdconf.Collect(ctx, seen, sshdconf.Ask{Binary: binary(f.Service), Args: f.Service.Args, File: o.ConfigFile})
		return seen
	case f.View.Own():
		f.Conf.Problems, f.Conf.HostKeys, f.Conf.Loaded = nil, nil, sshdconf.Loaded{}
	}
	return h
}
