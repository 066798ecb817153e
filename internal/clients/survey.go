package clients

import (
	"fmt"
	"slices"
)

// Group are releases of one program, one after another, that fare the same.
type Group struct {
	Name     string
	Versions []string
	Meeting  Meeting
	// Option is what to type at the client; Newer the release of the same program
	// that gets in. Either may be empty.
	Option, Newer string
	// WeakOption: the option switches a weak method on.
	WeakOption bool
	// Fix is what the server could do.
	Fix Fix
	// last is the place of the last release among all.
	last int
}

// String is the name with the versions: "OpenSSH 5.3 to 6.4".
func (g Group) String() string {
	out := g.Name + " " + g.Versions[0]
	if last := g.Versions[len(g.Versions)-1]; last != g.Versions[0] {
		out += " to " + last
	}
	return out
}

// Survey is how all known clients fare with one server.
type Survey struct {
	Refused, In, Unknown []Group
}

// Count is how many releases are in the groups.
func Count(groups []Group) int {
	n := 0
	for _, g := range groups {
		n += len(g.Versions)
	}
	return n
}

// Look lets every release meet the server.
func Look(all []Release, s Server, h Host) Survey {
	var out Survey
	chosen := choose(all, s, h)
	for i, r := range all {
		g := Group{Name: r.Name, Versions: []string{r.Version}, Meeting: r.Meet(s), last: i}
		switch {
		case g.Meeting.In():
			add(&out.In, g)
		case g.Meeting.Unknown:
			add(&out.Unknown, g)
		default:
			g.refuse(r, s, all)
			g.Fix = chosen.fix(r, g.Meeting, s)
			add(&out.Refused, g)
		}
	}
	return out
}

// refuse fills in what can be done at the client.
func (g *Group) refuse(r Release, s Server, all []Release) {
	// What they would have agreed on otherwise is of no interest.
	g.Meeting.Agreed, g.Meeting.Asks = [parts]string{}, nil
	g.Option, g.WeakOption = r.byOption(g.Meeting, s)
	g.Newer = r.newer(s, all)
}

// add puts a release into the last group where it fares the same, and makes a new
// one where it does not.
func add(groups *[]Group, g Group) {
	if n := len(*groups); n > 0 {
		if before := &(*groups)[n-1]; before.last == g.last-1 && before.fare() == g.fare() {
			before.Versions, before.last = append(before.Versions, g.Versions...), g.last
			return
		}
	}
	*groups = append(*groups, g)
}

// fare is all that tells two groups apart but the versions.
func (g Group) fare() string {
	g.Versions, g.last = nil, 0
	type bare Group // without String
	return fmt.Sprintf("%+v", bare(g))
}

// Programs joins groups of one program with no other release between them,
// whatever the reason, for a summary.
func Programs(groups []Group) []Group {
	var out []Group
	for _, g := range groups {
		n := len(out)
		if n > 0 && out[n-1].Name == g.Name && out[n-1].last == g.last-len(g.Versions) {
			out[n-1].Versions, out[n-1].last = slices.Concat(out[n-1].Versions, g.Versions), g.last
			continue
		}
		out = append(out, g)
	}
	return out
}
