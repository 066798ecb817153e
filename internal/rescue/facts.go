// Package rescue starts a second, temporary sshd beside the one that cannot be
// repaired without its owner, so that the owner can do it from a real terminal.
//
// It is a transient unit of systemd: it ends after a time that was named before,
// with its files, whether or not this program still lives, and no reboot brings
// it back. It has the server's own host keys, and lets in nobody whom the
// server's configuration would not: that configuration, as far as sshd can read
// it, is its own, with a few stricter lines before it. The server's own sshd and
// its unit are not touched.
//
// Collect looks, Judge decides and is pure, Start does what was decided and
// proves it by a handshake.
package rescue

import (
	"context"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/sshd-doctor/sshd-doctor/internal/diag"
	"github.com/sshd-doctor/sshd-doctor/internal/host"
	"github.com/sshd-doctor/sshd-doctor/internal/hostkeys"
	"github.com/sshd-doctor/sshd-doctor/internal/service"
	"github.com/sshd-doctor/sshd-doctor/internal/sshdconf"
)

// The bounds of how long a rescue may last, and what it lasts unless told.
const (
	Shortest = time.Minute
	Usual    = 30 * time.Minute
	Longest  = 24 * time.Hour
)

// Request is what a person asked for.
type Request struct {
	Port uint16
	// Addresses to listen on; none: those of the server's own configuration.
	Addresses []netip.Addr
	For       time.Duration
	// User is the only account to be let in; empty: whom the configuration lets
	// in.
	User string
	// Password: passwords are taken too, where the configuration takes them.
	Password bool
}

// From is what a look at the box has found already.
type From struct {
	// Ask is how the server's own sshd is asked.
	Ask sshdconf.Ask
	// Service is what is known of the server's units and of sshd's arguments, see
	// service.Usual.
	Service service.Facts
	// Other is a setting by which the unit shows sshd other files, see
	// view.Facts.
	Other string
	// ByHand are the sshd that a person started.
	ByHand []service.Listener
}

// Facts is what a rescue has to go by.
type Facts struct {
	// Systemd says why no unit can be made; empty where one can. NoSystemd:
	// because something else is in charge.
	Systemd   string
	NoSystemd bool
	// Running: a rescue is under way already.
	Running Status
	// Socket is the unit that listens in the place of sshd.
	Socket Socket
	// ArgsErr says why the arguments of the server's own sshd are not known.
	ArgsErr string
	// Other is a setting by which the server's unit shows it other files than
	// those here, among them its configuration; empty where it does not.
	Other string
	// Stray is the command of a sshd that a person started with settings of its own
	// while the server's unit is off, and the file that it was given; empty where
	// there is none.
	Stray, StrayFile string
	// Args are those that say what its configuration is.
	Args []string
	// Binary is sshd; BinaryErr says why it cannot be run.
	Binary, BinaryErr string
	// Reinstall is how this distribution puts the program back.
	Reinstall string
	// Readable is the configuration as far as sshd can read it. Bare: nothing of
	// it can be read; then Conf are sshd's own defaults.
	Readable sshdconf.Readable
	Bare     bool
	Conf     sshdconf.Facts
	// Remains is where files that the main one included, or an option of the unit,
	// still say who gets in, and Restore the command that puts a main file in its place; when Bare.
	Remains, Restore string
	// Files are the copies to be made of the configuration files, the main one
	// first.
	Files []Copy
	// Lines are the settings that the unit gives sshd with "-o".
	Lines []string
	// Flags are other arguments that sshd is to have.
	Flags []string
	// HostKeys are those of the server that sshd can use.
	HostKeys []diag.HostKey
	// PrivsepDir is missing, and sshd needs it; KeepDirs are those that the
	// server's own unit may take away at any time.
	PrivsepDir string
	KeepDirs   []string
	// NoIPv6: the kernel knows no IPv6.
	NoIPv6 bool
	// Own are the addresses of this box; OwnErr says why they are not known.
	Own    []netip.Addr
	OwnErr string
	// Held are the sockets that hold the wanted port.
	Held    []Held
	HeldErr string
	// Login is the account that will log in.
	Login Login
}

// Held is a socket in the way and who has it.
type Held struct {
	Addr  netip.AddrPort
	Owner string
}

// Socket is a socket unit that decides where the server's clients come in.
type Socket struct {
	// Unit is its name, empty where sshd listens by itself.
	Unit string
	// Listen are its addresses; Device is the one network interface whose
	// connections it takes.
	Listen []netip.AddrPort
	Device string
}

// Collect looks. It changes nothing.
func Collect(ctx context.Context, h *host.Host, from From, r Request) Facts {
	f := Facts{Binary: from.Ask.Binary, Lines: settings(from.Ask.Args), Flags: flags(from.Ask.Args), Other: from.Other}
	f.Args, f.ArgsErr = sshdconf.Arguments(from.Ask.Args), from.Service.ArgsErr
	f.Stray, f.StrayFile = stray(from)
	f.Running = Look(ctx, h)
	f.Systemd, f.NoSystemd = f.Running.Err, f.Running.NoSystemd
	f.collectBinary(h)
	if f.BinaryErr != "" {
		return f
	}
	f.collectConf(ctx, h, from)
	f.collectKeys(ctx, h)
	f.collectDirs(from)
	f.collectSocket(h, from.Service)
	f.collectPlaces(ctx, h, r)
	f.collectLogin(ctx, h, r)
	return f
}

// stray finds the sshd that is the server for now, where it has other settings than
// the unit gives it: its command, and the file that it was given. Where somebody
// has named a file, that counts.
func stray(from From) (command, file string) {
	if from.Service.Up() || from.Ask.File != "" {
		return "", ""
	}
	for _, l := range from.ByHand {
		args := deciding(l.Argv[1:])
		if slices.Equal(args, deciding(from.Ask.Args)) {
			continue
		}
		if i := slices.Index(args, "-f"); i >= 0 && i+1 < len(args) {
			file = args[i+1]
		}
		return strings.Join(l.Argv, " ") + " (pid " + strconv.Itoa(l.PID) + ")", file
	}
	return "", ""
}

// deciding are the arguments of sshd that may say who gets in: a port does not.
func deciding(args []string) []string {
	args = sshdconf.Arguments(args)
	for i := 0; i+1 < len(args); {
		if args[i] == "-p" {
			args = slices.Delete(args, i, i+2)
			continue
		}
		i++
	}
	return args
}

// collectConf has sshd read what it can.
func (f *Facts) collectConf(ctx context.Context, h *host.Host, from From) {
	f.Readable = sshdconf.ReadWhatCanBe(ctx, h, from.Ask)
	f.Conf = f.Readable.Facts
	if f.Conf.Known {
		f.Files = copies(h, f.Conf.MainFile, f.Readable.Covers)
		return
	}
	f.collectBare(ctx, h)
}

func (f *Facts) collectKeys(ctx context.Context, h *host.Host) {
	var want []hostkeys.Want
	for _, k := range f.Conf.HostKeys {
		want = append(want, hostkeys.Want{Path: k.Path, Explicit: k.Explicit})
	}
	loaded := hostkeys.Loaded{
		Known:        f.Conf.Loaded.Known,
		Fingerprints: f.Conf.Loaded.Fingerprints, Unloadable: f.Conf.Loaded.Unloadable,
	}
	f.HostKeys = hostkeys.Collect(ctx, h, want, loaded, f.Binary).Public()
}
