package report

import (
	"fmt"
	"strings"

	"github.com/sshd-doctor/sshd-doctor/internal/diag"
)

// cause prints the cause: every finding of that code, the evidence of the first,
// the consequences, and what would repair it.
func (p *page) cause(r diag.Report, o Options) {
	same := withCode(r, r.Cause)
	if len(same) == 0 {
		return
	}
	first := same[0]
	p.gap()
	head := fmt.Sprintf("Cause: %s (%s)", first.Title, first.Code)
	if len(head) <= Width {
		p.add(0, "%s", head)
	} else {
		p.add(0, "Cause: %s", first.Title)
		p.add(1, "  Code: %s", first.Code)
	}
	for i, f := range same {
		p.add(min(i, 4), "  %s", f.Summary)
	}
	p.evidence(r, first)
	if first.Latent != "" {
		p.add(1, "  It bites %s.", first.Latent)
	}
	p.remedy(same, o)
}

// evidence prints what was read, and what the journal says of the consequences:
// sshd's own words are what people search for.
func (p *page) evidence(r diag.Report, first diag.Finding) {
	shown := map[string]bool{}
	add := func(spare int, e diag.Evidence) {
		text := strings.TrimSpace(e.Text)
		if text == "" || shown[text] || strings.Contains(first.Summary, text) || e.Source == first.Subject {
			return
		}
		shown[text] = true
		p.add(spare, "  %s: %s", e.Source, text)
	}
	for _, e := range first.Evidence {
		add(5, e)
	}
	for _, f := range r.Findings {
		if f.Because != first.Code {
			continue
		}
		for _, e := range f.Evidence {
			if strings.HasPrefix(e.Source, "journal") {
				add(6, e)
			}
		}
	}
}

func withCode(r diag.Report, code string) []diag.Finding {
	var out []diag.Finding
	for _, f := range r.Findings {
		if f.Code == code && code != "" && f.Status != diag.Repaired {
			out = append(out, f)
		}
	}
	return out
}

func (p *page) remedy(same []diag.Finding, o Options) {
	first := same[0]
	if first.Remedy == nil {
		return
	}
	if first.Status == diag.Failed {
		p.add(0, "Tried, and it did not help: %s", first.Remedy.Summary)
		for _, c := range first.Remedy.Manual {
			p.add(1, "    %s", c)
		}
		return
	}
	lead := map[diag.Consent]string{
		diag.None: "Repair:", diag.Asks: "Repair, if you agree:", diag.Manual: "You have to:",
	}[first.Remedy.Consent]
	said := map[string]bool{}
	for i, f := range same {
		if f.Remedy == nil || said[f.Remedy.Summary] {
			continue
		}
		if i > 0 {
			lead = "  and"
		}
		said[f.Remedy.Summary] = true
		p.add(min(i, 4), "%s %s", lead, f.Remedy.Summary)
	}
	if first.Remedy.Consent == diag.Asks && first.Remedy.Reason != "" {
		p.add(0, "  It asks because %s.", first.Remedy.Reason)
	}
	if first.Remedy.Consent == diag.Manual {
		for _, c := range first.Remedy.Commands() {
			p.put(line{text: "    " + c, spare: 1, command: true})
		}
		if first.Stage == diag.Config && first.Severity == diag.Broken && o.Rescue != "" {
			p.add(3, "  Or first get off this console: %s", o.Rescue)
		}
	}
}

// others prints what else was found: other causes, and what could not be told.
func (p *page) others(r diag.Report) {
	first := true
	for _, f := range r.Findings {
		if f.Code == r.Cause || f.Because != "" || f.Status == diag.Repaired {
			continue
		}
		if first {
			p.gap()
			first = false
		}
		lead := map[diag.Severity]string{diag.Broken: "Also broken:", diag.Warning: "Also wrong:", diag.Notice: "Note:"}[f.Severity]
		if f.Status == diag.CouldNotTell {
			lead = "Could not tell:"
		}
		spare := 4
		if f.Severity == diag.Notice {
			spare = 7
		}
		p.add(spare, "%s %s", lead, f.Summary)
		if f.Status == diag.CouldNotTell && r.Cause == "" && r.Verdict == diag.Unknown && len(f.Evidence) > 0 && !strings.Contains(f.Summary, f.Evidence[0].Text) {
			// Nothing else says why.
			p.add(5, "  %s", f.Evidence[0].Text)
		}
	}
}

// repairs prints what heal did.
func (p *page) repairs(r diag.Report, o Options) {
	if len(r.Repairs) == 0 {
		return
	}
	p.gap()
	for _, rep := range r.Repairs {
		if o.Told && rep.Result == "done" && rep.Backup == "" && r.CutOff == "" {
			continue
		}
		word, m := rep.Result, good
		switch rep.Result {
		case "failed", "undone":
			m = bad
		case "planned":
			m = plain
		}
		p.put(line{text: fmt.Sprintf("%-8s %s", word, rep.Summary), mark: m, spare: 2})
		if rep.Backup != "" {
			p.add(4, "         the old one is kept: %s", rep.Backup)
		}
		if rep.Detail != "" {
			p.add(2, "         %s", rep.Detail)
		}
	}
}

// identity prints the fingerprints that a client will be asked about, when this
// run made keys.
func (p *page) identity(r diag.Report) {
	made := false
	for _, k := range r.HostKeys {
		made = made || k.New
	}
	if !made {
		return
	}
	p.gap()
	p.add(1, "Clients will see a new host identity. Compare with what they show:")
	for _, k := range r.HostKeys {
		if k.New {
			p.add(2, "  %-8s %s", shortType(k.Type), k.SHA256)
		}
	}
	if len(r.Forget) > 0 {
		p.add(2, "On a client that knew another:  %s", r.Forget[0])
		p.add(3, "  all its names, and PuTTY:     sshd-doctor identity --forget")
	}
}

func shortType(t string) string {
	switch {
	case strings.HasPrefix(t, "ecdsa"):
		return "ECDSA"
	case t == "ssh-ed25519":
		return "ED25519"
	case t == "ssh-rsa":
		return "RSA"
	}
	return strings.ToUpper(strings.TrimPrefix(t, "ssh-"))
}

// verdictLines is the end of every report: the answer, and what to type next.
func verdictLines(r diag.Report, o Options) []line {
	if r.CutOff != "" {
		return cutOff(r)
	}
	if r.Root != "" {
		return diskVerdict(r, o)
	}
	switch r.Verdict {
	case diag.Healthy:
		return []line{{text: healthyText(r), mark: good}}
	case diag.Degraded:
		return next(r, o, line{text: "DEGRADED: SSH works now, but something is wrong.", mark: doubt})
	case diag.Unknown:
		text := "COULD NOT TELL: what was missing stands above."
		if !o.Root {
			text = "COULD NOT TELL: see above. Run it as root on the machine itself."
		}
		return []line{{text: text, mark: doubt}}
	}
	return next(r, o, line{text: "BROKEN: somebody who should get in over SSH cannot.", mark: bad})
}

// cutOff says where a run stands that did not come to its end.
func cutOff(r diag.Report) []line {
	text := "INTERRUPTED: nothing was changed."
	next := "Next:  sshd-doctor"
	if r.Changed {
		text = "INTERRUPTED: what is done stands above; SSH was not tried after it."
	}
	if r.CutOff == diag.OutOfTime {
		text, next = "OUT OF TIME: nothing was changed.", "Next:  the same with --timeout 10m"
		if r.Changed {
			text = "OUT OF TIME: what is done stands above; SSH was not tried after it."
		}
	}
	return []line{{text: text, mark: doubt}, {text: next}}
}

func healthyText(r diag.Report) string {
	var where []string
	for _, e := range r.Endpoints {
		if e.Reached == "hostkey" {
			where = append(where, fmt.Sprintf("%s port %d", e.Address, e.Port))
		}
	}
	word := "HEALTHY"
	if r.Changed {
		word = "HEALED"
	}
	const most = 2
	if len(where) > most {
		where = append(where[:most], "others")
	}
	if len(where) == 0 {
		return word + "."
	}
	return word + ": SSH answers and proves its key on " + strings.Join(where, ", ") + "."
}

// next says what to type. Where consent is missing it names the code, so that
// nobody has to agree to more than that.
func next(r diag.Report, o Options, verdict line) []line {
	if o.Asked {
		return []line{verdict}
	}
	for _, f := range r.Findings {
		if f.Because != "" || f.Remedy == nil || f.Severity == diag.Notice || f.Status == diag.CouldNotTell {
			continue
		}
		switch {
		case f.Status == diag.Failed || f.Remedy.Consent == diag.Manual || len(f.Remedy.Steps) == 0:
			continue
		case f.Remedy.Consent == diag.Asks:
			return []line{verdict, toType("Next, if you agree:  ", "sshd-doctor heal"+o.Where+" --allow "+f.Code)}
		case o.Next != "":
			return []line{verdict, toType("Next:  ", o.Next)}
		}
	}
	if r.Cause != "" {
		return []line{verdict, {text: "More about it:  sshd-doctor explain " + r.Cause}}
	}
	return []line{verdict}
}

// Next is what a report tells the person to type; empty where nothing is to be
// done about it.
func Next(r diag.Report, o Options) string {
	if r.Verdict == diag.Healthy || r.Verdict == diag.Unknown {
		return ""
	}
	lines := next(r, o, line{})
	text := lines[len(lines)-1].text
	if _, command, ok := strings.Cut(text, ":  "); ok {
		return command
	}
	return text
}

// toType is a command that is there to be typed, so it is never cut off.
func toType(lead, command string) line {
	if len(lead+command) <= Width {
		return line{text: lead + command}
	}
	return line{text: command, command: true}
}
