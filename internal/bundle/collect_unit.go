package bundle

import (
	"context"
	"encoding/hex"
	"fmt"
	"math"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/sshd-doctor/sshd-doctor/internal/host"
)

// properties are those that say how a unit is, org.freedesktop.systemd1(5).
// What is not in this list is not asked for: Environment, credentials and
// extra log fields hold whatever somebody put there.
func properties() []string {
	return strings.Fields(`Id Names Description LoadState LoadError ActiveState SubState UnitFileState UnitFilePreset
		FragmentPath DropInPaths NeedDaemonReload SourcePath Following TriggeredBy Triggers
		Requires Requisite Wants BindsTo PartOf Conflicts Before After RequiresMountsFor WantedBy RequiredBy
		ConditionResult AssertResult Conditions Job Result InvocationID
		ActiveEnterTimestamp ActiveExitTimestamp InactiveEnterTimestamp InactiveExitTimestamp StateChangeTimestamp
		Type Restart RestartUSec NRestarts StartLimitIntervalUSec StartLimitBurst TimeoutStartUSec
		MainPID ExecMainPID ExecMainCode ExecMainStatus ExecMainStartTimestamp ExecMainExitTimestamp
		ExecCondition ExecStartPre ExecStart ExecStartPost ExecReload EnvironmentFiles RuntimeDirectory
		RuntimeDirectoryPreserve KillMode OOMPolicy OOMScoreAdjust StatusText StatusErrno
		LimitNOFILE LimitNPROC TasksMax TasksCurrent MemoryMax MemoryCurrent ControlGroup Slice User Group
		ProtectSystem ProtectHome PrivateTmp PrivateNetwork PrivateDevices ReadOnlyPaths InaccessiblePaths
		RootDirectory RootImage NoNewPrivileges SystemCallFilter RestrictAddressFamilies IPAddressDeny IPAddressAllow
		Listen Accept BindIPv6Only FreeBind Backlog MaxConnections MaxConnectionsPerSource NAccepted NConnections
		NRefused TriggerLimitBurst PollLimitBurst`)
}

// unit shows what systemd says of one unit.
func (f From) unit(name string) func(context.Context, *host.Host) []Entry {
	return func(ctx context.Context, h *host.Host) []Entry {
		e := Entry{Name: "unit-" + name + ".txt", Source: "systemd, properties of " + name}
		if !f.Systemd {
			e.Missing = f.NoSystemd
			return []Entry{e}
		}
		p, err := h.Systemd.Properties(ctx, name)
		if err != nil {
			e.Missing = why(err)
			return []Entry{e}
		}
		e.Data = []byte(shown(p))
		return []Entry{e}
	}
}

func shown(p host.Properties) string {
	var out strings.Builder
	for _, key := range slices.Sorted(slices.Values(properties())) {
		v, ok := p[key]
		if !ok {
			continue
		}
		switch v := v.(type) {
		case uint64:
			fmt.Fprintf(&out, "%s=%s\n", key, number(key, v))
		case []byte:
			fmt.Fprintf(&out, "%s=%s\n", key, hex.EncodeToString(v))
		case [][]any:
			for _, one := range v {
				switch {
				case strings.HasPrefix(key, "Exec"):
					one = withoutArgs(one)
				case strings.HasPrefix(key, "IPAddress"):
					one = []any{network(one)}
				}
				fmt.Fprintf(&out, "%s=%s\n", key, flat(one))
			}
		default:
			fmt.Fprintf(&out, "%s=%s\n", key, flat(v))
		}
	}
	return out.String()
}

// number writes points in time as such; systemd gives them in microseconds since
// 1970.
func number(key string, n uint64) string {
	if strings.HasSuffix(key, "Timestamp") && n > 0 && n < math.MaxInt64 {
		return time.UnixMicro(int64(n)).UTC().Format(time.RFC3339Nano)
	}
	if n == math.MaxUint64 {
		return "none"
	}
	return strconv.FormatUint(n, 10)
}

// flat writes a value of D-Bus in one line.
func flat(v any) string {
	return strings.ReplaceAll(fmt.Sprint(v), "\n", " ")
}

// network writes an address as people do: in numbers of single octets nobody would
// know it, --mask included. systemd gives its family, its octets and the length of
// the prefix.
func network(one []any) string {
	for _, v := range one {
		octets, _ := v.([]byte)
		if a, ok := netip.AddrFromSlice(octets); ok {
			return fmt.Sprintf("%s/%v", a, one[len(one)-1])
		}
	}
	return mark
}

// withoutArgs leaves of a command what may be shown: systemd gives its path, its
// arguments and how it went.
func withoutArgs(one []any) []any {
	out := slices.Clone(one)
	for i, v := range out {
		argv, ok := v.([]string)
		if !ok {
			continue
		}
		words := make([]string, len(argv))
		for j, w := range argv {
			// An argument with blanks in it is one word, and none that is known.
			if words[j] = w; w == "" || strings.ContainsAny(w, " \t\n") {
				words[j] = mark
			}
		}
		shown, _ := newCommands().shown(strings.Join(words, " "))
		out[i] = strings.Fields(shown)
	}
	return out
}
