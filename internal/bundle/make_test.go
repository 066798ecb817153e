package bundle

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"math/rand/v2"
	"path"
	"strings"
	"testing"
	"time"
)

func about() About {
	return About{Version: "1.2.3", Time: time.Date(2026, 11, 22, 10, 0, 0, 5, time.UTC), Verdict: "broken", Cause: "hostkey-missing"}
}

// unpacked reads an archive back: names in their order, and contents.
func unpacked(t *testing.T, packed []byte) (names []string, files map[string]string) {
	t.Helper()
	zip, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		t.Fatal(err)
	}
	files = map[string]string{}
	for archive := tar.NewReader(zip); ; {
		head, err := archive.Next()
		if errors.Is(err, io.EOF) {
			return names, files
		}
		if err != nil {
			t.Fatal(err)
		}
		data, err := io.ReadAll(archive)
		if err != nil {
			t.Fatal(err)
		}
		names, files[head.Name] = append(names, head.Name), string(data)
		if head.Mode != 0o600 || head.Uid != 0 || head.Uname != "" || !head.ModTime.Equal(about().Time.Truncate(time.Second)) {
			t.Errorf("%s: %+v", head.Name, head)
		}
	}
}

func TestWhatIsInside(t *testing.T) {
	entries := func() []Entry {
		return []Entry{
			{Name: "report.txt", Source: "check", Data: []byte("all is well\n")},
			{Name: "files/etc/ssh/password=hunter2.conf", Source: "/etc/ssh/password=hunter2.conf", Kind: SshdConfig, Data: []byte("# password hunter2\n")},
			{Name: "../../etc/passwd", Data: []byte("x\n")},
			{Name: "report.txt", Data: []byte("again\n")},
			{Name: "gone.txt", Source: "dpkg", Missing: "no answer within 25s", Data: []byte("half of it")},
			{Name: "long.txt", Data: bytes.Repeat([]byte("0123456\n"), entryLimit/4)},
			{Name: "log.txt", Newest: true, Data: append(bytes.Repeat([]byte("older ..\n"), logLimit/8), "newest\n"...)},
		}
	}
	made, err := Make(about(), entries(), Names{})
	if err != nil {
		t.Fatal(err)
	}
	names, files := unpacked(t, made.Packed)
	want := "MANIFEST.txt report.txt files/etc/ssh/password__removed_ etc/passwd report.txt-2 long.txt log.txt"
	if got := strings.ReplaceAll(strings.Join(names, " "), topDir, ""); got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
	for name, text := range files {
		if strings.Contains(name+text, "hunter2") || path.Clean(name) != name {
			t.Errorf("%s: %.300s", name, text)
		}
	}
	long, log := files[topDir+"long.txt"], files[topDir+"log.txt"]
	if len(long) > entryLimit || len(long) < entryLimit-100 || !strings.HasPrefix(long, "0123456\n") || !strings.HasSuffix(long, "\n") {
		t.Errorf("the beginning of a long entry has %d bytes", len(long))
	}
	if len(log) > logLimit || len(log) < logLimit-100 || !strings.HasPrefix(log, "older") || !strings.HasSuffix(log, "newest\n") {
		t.Errorf("the end of a long log has %d bytes", len(log))
	}
	for _, said := range []string{
		"sshd-doctor 1.2.3, made 2026-11-22T10:00:00Z", "broken, cause hostkey-missing", "[removed]: 3 times", "gone.txt",
		"no answer within 25s", "of 131072 bytes was cut off", "of 294919 bytes were cut off",
	} {
		if !strings.Contains(files[topDir+ManifestName], said) {
			t.Errorf("the manifest does not say %q:\n%s", said, files[topDir+ManifestName])
		}
	}
	again, err := Make(about(), entries(), Names{})
	if err != nil || !bytes.Equal(again.Packed, made.Packed) {
		t.Errorf("the same entries gave another bundle: %v", err)
	}
}

// Whatever is in it, a bundle can be attached to a ticket.
func TestNoBundleIsTooLarge(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	var entries []Entry
	for range 12 {
		data := make([]byte, logLimit/2)
		for i := range data {
			data[i] = byte(' ' + r.IntN(95))
			if i%60 == 59 {
				data[i] = '\n'
			}
		}
		entries = append(entries, Entry{Name: "noise.txt", Newest: true, Data: data})
	}
	made, err := Make(about(), entries, Names{})
	if err != nil {
		t.Fatal(err)
	}
	if len(made.Packed) > packedLimit {
		t.Errorf("%d bytes", len(made.Packed))
	}
	if names, _ := unpacked(t, made.Packed); len(names) != 13 {
		t.Errorf("%d entries", len(names))
	}
}

// A block whose beginning was cut off is a block all the same.
func TestEndOfABlock(t *testing.T) {
	got, n := redact("before it\nx[1]: c2VjcmV0IHNlY3JldA\nx[1]: c2hvcnQ=\nx[1]: -----END RSA PRIVATE KEY-----\nbehind it\n", Text)
	if got != "before it\n"+mark+"\nbehind it\n" || n != 1 {
		t.Errorf("%d: %q", n, got)
	}
}

// What was taken out of one entry is taken out of every other.
func TestASecretThatStandsTwice(t *testing.T) {
	made, err := Make(about(), []Entry{
		{Name: "log-correcthorse.txt", Kind: Log, Data: []byte("starting with correcthorse, LONG and 4711\n")},
		{Name: "report.json", Kind: JSON, Data: []byte(`{"text": "it said correcthorse"}`)},
		{Name: "x.service", Kind: UnitFile, Data: []byte("Environment=A=correcthorse B=LONG C=4711 D=server\n")},
		{Name: "log2.txt", Kind: Log, Data: []byte("the server is correcthorse\n")},
		{Name: "sshd_config", Kind: SshdConfig, Data: []byte("# ask alicia\nAllowUsers alicia\n")},
	}, Names{})
	if err != nil {
		t.Fatal(err)
	}
	_, files := unpacked(t, made.Packed)
	all := ""
	for name, text := range files {
		all += name + "\n" + text
	}
	if strings.Contains(all, "correcthorse") || !strings.Contains(all, "the server is [removed]\n") || !strings.Contains(all, "AllowUsers alicia") || !strings.Contains(all, `"it said [removed]"`) {
		t.Error(all)
	}
}
