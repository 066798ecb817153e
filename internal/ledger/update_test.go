package ledger

import (
	"encoding/base64"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/sshd-doctor/sshd-doctor/internal/fingerprint"
)

// at is a moment on a day of the story.
func at(day int) time.Time { return time.Date(2026, 3, day, 12, 0, 0, 0, time.UTC) }

// key is a made-up key of a type that no library reads; made on a day.
func key(kind, name string, day int) Key {
	wire := fmt.Sprintf("\x00\x00\x00%c%s\x00\x00\x00%c%s", len(kind), kind, len(name), name)
	k, ok := fingerprint.Read(base64.StdEncoding.EncodeToString([]byte(wire)))
	if !ok {
		return Key{}
	}
	return Key{Key: k, Path: "/etc/ssh/" + kind, Made: at(day)}
}

func (k Key) by(o Origin) Key {
	k.Origin = o
	return k
}

// story tells a ledger in words: each key with its stretch of days and its
// origin. a names the keys.
func story(l Ledger, names map[string]Key) string {
	var out []string
	for _, e := range l.Keys {
		name := "?"
		for n, k := range names {
			if k.SHA256() == e.SHA256 {
				name = n
			}
		}
		first, gone := "?", ""
		if !e.First.IsZero() {
			first = fmt.Sprint(e.First.Day())
		}
		if !e.Gone.IsZero() {
			gone = fmt.Sprint(e.Gone.Day())
		}
		out = append(out, strings.TrimSpace(fmt.Sprintf("%s %s-%s %s", name, first, gone, e.Origin)))
	}
	return strings.Join(out, ", ")
}

func TestWhatTheLedgerRemembers(t *testing.T) {
	a, b, c := key("x", "a", 1), key("x", "b", 5), key("x", "c", 8)
	other := key("y", "o", 1)
	names := map[string]Key{"a": a, "b": b, "c": c, "o": other}
	whole := func(day int, keys ...Key) Seen { return Seen{At: at(day), Keys: keys, Whole: true} }
	part := func(day int, keys ...Key) Seen { return Seen{At: at(day), Keys: keys} }
	type look struct {
		seen Seen
		news bool
	}
	for _, s := range []struct {
		box   string
		looks []look
		want  string
	}{
		{"nothing is seen", []look{{whole(2), false}}, ""},
		{"the first look, and one more", []look{{whole(2, a, other), true}, {whole(3, a, other), false}}, "a 2-, o 2-"},
		{
			"heal replaced a key: its file says when", []look{{whole(2, a), true}, {whole(6, b.by(Doctor)), true}, {whole(7, b), false}},
			"a 2-5, b 6- sshd-doctor",
		},
		{
			"a key is missing while nobody gets in: it may come back", []look{{whole(2, a, other), true}, {part(3, other), false}, {whole(4, a, other), false}},
			"a 2-, o 2-",
		},
		{"a type was given up", []look{{whole(2, a, other), true}, {whole(4, a), true}}, "a 2-, o 2-4"},
		{
			"the old one comes back from a backup", []look{{whole(2, a), true}, {whole(6, b), true}, {whole(9, a.by(Package)), true}},
			"a 2-5, b 6-9, a 9- restore",
		},
		{
			"one that is older than what it replaces: a restore", []look{{whole(6, b), true}, {whole(9, a), true}},
			"b 6-9, a 9- restore",
		},
		{
			"one that was made when cloud-init ran", []look{{whole(2, a), true}, {whole(6, b.by(CloudInit)), true}},
			"a 2-5, b 6- cloud-init",
		},
		{
			"the clock had run ahead: the times of then say nothing", []look{{whole(20, a), true}, {whole(6, b), true}, {whole(9, c), true}},
			"a 20-6, b 6-8, c 9-",
		},
		{
			"the clock has fallen back: what is made now is not old", []look{{whole(20, c), true}, {whole(2, a), true}},
			"c 20-2, a 2-",
		},
		{"of an older type there was none before", []look{{whole(6, b), true}, {whole(9, b, other), true}}, "b 6-, o 9-"},
		{
			"served and on disk differ: both are the host's", []look{{whole(2, a), true}, {whole(6, a, b), true}, {whole(7, b), true}},
			"a 2-7, b 6-",
		},
		{
			"only the public half is left", []look{{Seen{At: at(3), Lost: []Key{a}}, true}, {Seen{At: at(4), Lost: []Key{a}}, false}, {whole(6, b.by(Doctor)), true}},
			"a ?-3, b 6- sshd-doctor",
		},
	} {
		t.Run(s.box, func(t *testing.T) {
			var l Ledger
			for i, look := range s.looks {
				next, news := l.Update(look.seen)
				if news != look.news {
					t.Errorf("look %d: news %v, want %v", i, news, look.news)
				}
				if news {
					l = next
				}
			}
			if got := story(l, names); got != s.want {
				t.Errorf("remembers %q, want %q", got, s.want)
			}
			if again, news := l.Update(s.looks[len(s.looks)-1].seen); news {
				t.Errorf("the same look again is news: %q", story(again, names))
			}
		})
	}
}

// What is handed in stays as it is: a ledger that could not be written must not
// look as if it had been.
func TestUpdateChangesNothingOfTheOld(t *testing.T) {
	a, b := key("x", "a", 1), key("x", "b", 5)
	l, _ := Ledger{}.Update(Seen{At: at(2), Keys: []Key{a}, Whole: true})
	if _, news := l.Update(Seen{At: at(6), Keys: []Key{b}, Whole: true}); !news {
		t.Fatal("no news")
	}
	if got := story(l, map[string]Key{"a": a}); got != "a 2-" || !l.Keys[0].Last.Equal(at(2)) {
		t.Errorf("%s, last seen %v", got, l.Keys[0].Last)
	}
}

// A machine that makes new keys at every boot.
func TestTheLedgerStaysSmall(t *testing.T) {
	var l Ledger
	for i := range 3 * mostEntries {
		l, _ = l.Update(Seen{At: at(1).Add(time.Duration(i) * time.Hour), Keys: []Key{key("x", fmt.Sprint(i), 1)}, Whole: true})
	}
	last := key("x", fmt.Sprint(3*mostEntries-1), 1)
	if _, ok := l.Current(last.SHA256()); len(l.Keys) != mostEntries || !ok {
		t.Errorf("%d entries, with the newest: %v", len(l.Keys), ok)
	}
	if before := l.Before("x"); before[0].SHA256 != key("x", fmt.Sprint(3*mostEntries-2), 1).SHA256() {
		t.Errorf("the one before it is not the newest of the old")
	}
}

// The latest is the one that was written down last, whatever the clock said.
func TestBeforeGoesByTheOrder(t *testing.T) {
	l := Ledger{Keys: []Entry{
		{Type: "x", SHA256: "1", Gone: at(30)}, {Type: "y", SHA256: "2", Gone: at(3)}, {Type: "x", SHA256: "3", Gone: at(4)}, {Type: "x", SHA256: "4"},
	}}
	if got := l.Before("x"); len(got) != 2 || got[0].SHA256 != "3" || got[1].SHA256 != "1" {
		t.Errorf("%+v", got)
	}
}

// A path that is not ASCII, and a time that JSON has no form for, are left out:
// else each run would take the record of the last one for damaged.
func TestWhatItWritesCanBeRead(t *testing.T) {
	h := box(t)
	odd := key("x", "a", 1)
	odd.Path, odd.Made = "/etc/ssh/schl\u00fcssel", time.Date(12000, 1, 1, 0, 0, 0, 0, time.UTC)
	l, _ := Ledger{}.Update(Seen{At: at(2), Keys: []Key{odd}, Whole: true})
	if _, err := Save(h, Load(h), l); err != nil {
		t.Fatal(err)
	}
	f := Load(h)
	if f.State != Whole || len(f.Ledger.Keys) != 1 || f.Ledger.Keys[0].Path != "" || !f.Ledger.Keys[0].Made.IsZero() {
		t.Errorf("%+v", f)
	}
	if _, news := f.Ledger.Update(Seen{At: at(3), Keys: []Key{odd}, Whole: true}); news {
		t.Error("the same key is news")
	}
	l.Keys[0].Detail = "\x1b[2J"
	if _, err := Save(h, f, l); err == nil || Load(h).State != Whole {
		t.Errorf("what cannot be read was written: %v, %+v", err, Load(h))
	}
}

func TestSince(t *testing.T) {
	for box, c := range map[string]struct {
		e    Entry
		want time.Time
	}{
		"its file is older than the record": {Entry{Made: at(1), First: at(5)}, at(1)},
		"the clock was wrong":               {Entry{Made: at(9), First: at(5)}, at(5)},
		"no time is known":                  {Entry{First: at(5)}, at(5)},
		"put there later":                   {Entry{Made: at(1), First: at(5), Origin: Restore}, at(5)},
		"only the public half was found":    {Entry{Made: at(1)}, at(1)},
	} {
		if got := c.e.Since(); !got.Equal(c.want) {
			t.Errorf("%s: since %v, want %v", box, got, c.want)
		}
	}
}
