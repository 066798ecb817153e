package identity

import (
	"github.com/sshd-doctor/sshd-doctor/internal/diag"
	"github.com/sshd-doctor/sshd-doctor/internal/ledger"
)

// Changed is the finding that some key took the place of another one of its type not long ago.
// There is one finding for the machine, however many keys it has.
func Changed(f Facts) (diag.Finding, bool) {
	var evidence []diag.Evidence
	var first ledger.Entry
	for _, e := range f.History.Keys {
		before := f.History.Before(e.Type)
		if !e.Current() || len(before) == 0 || !f.within(before[0].Gone, recent) || before[0].SHA256 == e.SHA256 {
			continue
		}
		if first.Type == "" {
			first = e
		}
		evidence = append(evidence,
			diag.Evidence{Source: "now", Text: e.Key().Label() + " " + e.SHA256 + ", " + e.Origin.Words(e.Detail)},
			diag.Evidence{Source: "until " + when(before[0].Gone), Text: e.Key().Label() + " " + before[0].SHA256})
	}
	if first.Type == "" {
		return diag.Finding{}, false
	}
	what := "the host keys changed on "
	if len(evidence) == 2 {
		what = "the " + first.Key().Label() + " host key changed on "
	}
	at := f.History.Before(first.Type)[0].Gone
	return ruleChanged.New("host keys", what+date(at)+": see sshd-doctor identity", evidence...).With(diag.Remedy{
		Summary: "have clients forget the old keys", Consent: diag.Manual,
		Reason: "it is done on each client, by somebody who has compared the new fingerprint",
		Manual: f.Names.Forget(f.Ports),
	}), true
}

// judgeLedger: what was seen earlier cannot be told.
func judgeLedger(f Facts) (diag.Finding, bool) {
	said := diag.Evidence{Source: ledger.Path, Text: printable(f.Ledger.Detail)}
	switch f.Ledger.State {
	case ledger.Damaged:
		return ruleLedger.New(ledger.Path, "the record of earlier fingerprints is damaged; heal sets it aside", said), true
	case ledger.Newer:
		return ruleLedger.New(ledger.Path, "the record of earlier fingerprints is a newer sshd-doctor's", said), true
	case ledger.Unread:
		return ruleLedger.New(ledger.Path, "the record of earlier fingerprints cannot be read", said), true
	}
	return diag.Finding{}, false
}

// LedgerNotWritten is the notice for a run whose ledger could not be written:
// nothing else failed because of it.
func LedgerNotWritten(err error) diag.Finding {
	return ruleLedger.New(ledger.Path, "the fingerprints could not be written down", diag.Evidence{
		Source: ledger.Path, Text: printable(err.Error()),
	})
}

// LedgerSetAside is the notice for a run that found a damaged ledger and began
// another one.
func LedgerSetAside(as string) diag.Finding {
	return ruleLedger.New(ledger.Path, "the record of earlier fingerprints was damaged, and was set aside", diag.Evidence{
		Source: ledger.Path, Text: "kept as " + as,
	})
}
