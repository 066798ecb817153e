// Command boottime measures what the hooks add to a boot, in boxes with the real
// cloud-init: fresh instances with them and without, in turn, by the clock of
// each box's systemd. It prints a table of medians and says how they scatter.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"github.com/sshd-doctor/sshd-doctor/test/box"
)

// install turns the hooks on, in the tree of a box.
const install = `cat >/lib/systemd/system/sshd-doctor-firstboot.service <<'THE END'
%sTHE END
cat >/var/lib/cloud/scripts/per-instance/50-sshd-doctor <<'THE END'
%sTHE END
chmod 755 /var/lib/cloud/scripts/per-instance/50-sshd-doctor
systemctl enable -q sshd-doctor-firstboot.service 2>/dev/null
`

// seed makes the disk a new instance's.
const seed = `mkdir -p /var/lib/cloud/scripts/per-instance /var/lib/cloud/seed/nocloud
cd /var/lib/cloud/seed/nocloud
printf 'instance-id: iid-1\nlocal-hostname: c1\n' >meta-data
printf '#cloud-config\nlocale: false\n' >user-data
`

// moments are read from systemd, in microseconds: the start of its own work, the
// end of each step, the end of the boot.
const moments = `systemctl show -p UserspaceTimestampMonotonic -p FinishTimestampMonotonic --value
for u in ssh.service multi-user.target; do systemctl show -p ActiveEnterTimestampMonotonic --value $u; done`

// boot is how long one took, in milliseconds: until sshd was up, until
// multi-user.target, until there was nothing left to do.
type boot struct{ ssh, users, all float64 }

func main() {
	binary := flag.String("binary", "bin/sshd-doctor", "the `program` that the hooks run")
	n := flag.Int("n", 9, "boots of each `kind`")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, *binary, *n)
	stop()
	if err != nil {
		fmt.Fprintf(os.Stderr, "boottime: %v\n", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, binary string, n int) error {
	unit, err := os.ReadFile("systemd/sshd-doctor-firstboot.service")
	if err != nil {
		return err
	}
	script, err := os.ReadFile("packaging/cloud-init/sshd-doctor-per-instance")
	if err != nil {
		return err
	}
	hooks := fmt.Sprintf(install, unit, script)
	fmt.Println("| release | hooks | sshd is up | multi-user.target | the boot is over | spread of the last |")
	fmt.Println("|---|---|---|---|---|---|")
	for _, suite := range box.Suites() {
		var without, with []boot
		for range n {
			for _, kind := range []struct {
				prepare string
				boots   *[]boot
			}{{seed, &without}, {seed + hooks, &with}} {
				b, err := once(ctx, suite, binary, kind.prepare)
				if err != nil {
					return err
				}
				*kind.boots = append(*kind.boots, b)
			}
		}
		row(suite, "without", without)
		row(suite, "with", with)
	}
	return nil
}

func row(suite box.Suite, hooks string, boots []boot) {
	all := sorted(boots, func(b boot) float64 { return b.all })
	fmt.Printf("| %s | %s | %.0f ms | %.0f ms | %.0f ms | %.0f to %.0f ms |\n", suite, hooks,
		median(boots, func(b boot) float64 { return b.ssh }), median(boots, func(b boot) float64 { return b.users }),
		median(boots, func(b boot) float64 { return b.all }), all[0], all[len(all)-1])
}

func sorted(boots []boot, of func(boot) float64) []float64 {
	var out []float64
	for _, b := range boots {
		out = append(out, of(b))
	}
	slices.Sort(out)
	return out
}

func median(boots []boot, of func(boot) float64) float64 {
	s := sorted(boots, of)
	return (s[(len(s)-1)/2] + s[len(s)/2]) / 2
}

// once boots a fresh box and reads its clock.
func once(ctx context.Context, suite box.Suite, binary, prepare string) (boot, error) {
	b, err := box.Start(ctx, suite, box.Options{
		Binary: binary, Packages: []string{"cloud-init", "netcat-openbsd"}, Console: true, Progress: os.Stderr, Prepare: prepare,
	})
	if err != nil {
		return boot{}, err
	}
	defer func() { _ = b.Stop() }()
	r, err := b.Run(ctx, moments)
	if err != nil {
		return boot{}, err
	}
	var at []float64
	for _, word := range strings.Fields(r.Stdout) {
		us, err := strconv.ParseFloat(word, 64)
		if err != nil || us == 0 {
			return boot{}, fmt.Errorf("cannot read the clock of a %s box: %q", suite, r.Stdout)
		}
		at = append(at, us/1000)
	}
	if len(at) != 4 {
		return boot{}, fmt.Errorf("cannot read the clock of a %s box: %q", suite, r.Stdout)
	}
	return boot{at[2] - at[0], at[3] - at[0], at[1] - at[0]}, nil
}
