package host

import (
	"fmt"
	"path"
	"strings"
	"testing"
)

// From a box whose third line kept it from booting, with lines of a cloud image.
const fstab = `# /etc/fstab: static file system information.

nowhere /data nosuchfs defaults 0 2
UUID=3c9f24f1-0d6e /  ext4 discard,errors=remount-ro 0 1
LABEL=UEFI /boot/efi vfat umask=0077 0 1
/swapfile none swap sw 0 0
tmpfs	/mnt/my\040disk/	tmpfs	nosuid	0 0
`

func TestParseFstab(t *testing.T) {
	got, err := ParseFstab(strings.NewReader(fstab))
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"3 nowhere /data nosuchfs defaults",
		"4 UUID=3c9f24f1-0d6e / ext4 discard,errors=remount-ro",
		"5 LABEL=UEFI /boot/efi vfat umask=0077",
		"7 tmpfs /mnt/my disk tmpfs nosuid",
	}
	if len(got) != len(want) {
		t.Fatalf("got %+v", got)
	}
	for i, l := range got {
		if seen := fmt.Sprint(l.Number, " ", l.What, " ", l.Where, " ", l.Type, " ", strings.Join(l.Options, ",")); seen != want[i] {
			t.Errorf("line %d: got %q, want %q", i, seen, want[i])
		}
	}
	if root := got[1]; !root.Has("errors") || !root.Has("discard") || root.Has("disc") {
		t.Errorf("options %q", root.Options)
	}
}

func TestParseFstabQuotes(t *testing.T) {
	got, err := ParseFstab(strings.NewReader("alone\n/dev/a /x\\9 ext4\n/dev/b /b ext4\n"))
	if err == nil || !strings.Contains(err.Error(), `"alone"`) || !strings.Contains(err.Error(), `"/x\\9"`) {
		t.Errorf("error %v does not quote both lines", err)
	}
	if len(got) != 1 || got[0].Where != "/b" || got[0].Number != 3 {
		t.Errorf("bad lines hide the good one: %+v", got)
	}
}

func FuzzParseFstab(f *testing.F) {
	f.Add(fstab)
	f.Add("alone\n/dev/a /x\\9 ext4\n")
	f.Fuzz(func(t *testing.T, text string) {
		lines, _ := ParseFstab(strings.NewReader(text))
		for _, l := range lines {
			if !path.IsAbs(l.Where) || l.Number < 1 || !strings.Contains(text, l.What) {
				t.Errorf("%+v", l)
			}
		}
	})
}
