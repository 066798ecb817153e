package checkup

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/sshd-doctor/sshd-doctor/internal/diag"
	"github.com/sshd-doctor/sshd-doctor/internal/handshake"
	"github.com/sshd-doctor/sshd-doctor/internal/host"
	"github.com/sshd-doctor/sshd-doctor/internal/sshdconf"
)

// locateOffer looks for the lines that leave today's clients nothing to agree on.
// Of several lines for a keyword the first counts (sshd_config(5)), and what stands
// on sshd's command line overrides them all.
func (f *Facts) locateOffer(h *host.Host) {
	for _, keyword := range f.Handshake.Narrow() {
		told := func(arg string) bool { return strings.Contains(strings.ToLower(arg), strings.ToLower(keyword)) }
		if slices.ContainsFunc(f.Conf.Args, told) {
			continue
		}
		if places := sshdconf.Locate(h, f.Conf.MainFile, keyword); len(places) > 0 {
			f.OfferLines = append(f.OfferLines, OfferLine{Keyword: keyword, Place: places[0]})
		}
	}
}

// OfferLine is a line of the configuration that narrows sshd's offer.
type OfferLine struct {
	Keyword string
	sshdconf.Place
}

// attachOfferLines names the lines that narrow the offer down. Which methods are
// allowed is for a person to say: nothing is switched on. again: what to do about it
// was said already, of another address.
func attachOfferLines(f Facts, found *diag.Finding, again bool) {
	var edit []string
	var evidence []diag.Evidence
	summary := ""
	for _, l := range f.OfferLines {
		if (l.Keyword == "HostKeyAlgorithms") != (found.Code == handshake.CodeNoHostKey) {
			continue
		}
		evidence = append(evidence, diag.Evidence{
			Source: fmt.Sprintf("%s:%d", l.File, l.Line), Text: strings.TrimSpace(l.Content),
		})
		edit = append(edit, fmt.Sprintf("nano +%d %s", l.Line, l.File))
		summary = cmp.Or(summary, fmt.Sprintf("change line %d of %s", l.Line, l.File))
	}
	if len(evidence) == 0 {
		return
	}
	// Before the offer itself, which is longer.
	found.Evidence = append(evidence, found.Evidence...)
	if found.Remedy = nil; again {
		return
	}
	if len(edit) > 1 {
		summary = "change the lines named above"
	}
	unit := strings.TrimSuffix(cmp.Or(f.Sshd.Unit, "ssh.service"), ".service")
	found.Remedy = &diag.Remedy{
		Summary: summary, Consent: diag.Manual,
		Reason: "which methods are allowed is the administrator's decision",
		Manual: append(edit, "sshd -t && systemctl restart "+unit),
	}
}
