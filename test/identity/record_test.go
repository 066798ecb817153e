//go:build boxes

package identity

import (
	"strings"
	"testing"
)

// stamp changes with every write.
const stamp = "stat -c '%i %Y %Z %a %u:%g' " + record + " " + "/var/lib/sshd-doctor 2>&1 || true"

// A healthy server: heal writes the record once; nothing else writes it.
func TestOnlyNewsIsWritten(t *testing.T) {
	onEverySuite(t, func(s server) {
		for _, look := range []string{"check", "identity", "identity --known-hosts", "identity --is SHA256:AAAAAAAAA", "heal --dry-run"} {
			s.try("sshd-doctor " + look)
			if s.try("test -e /var/lib/sshd-doctor").Exit == 0 {
				s.Fatalf("%s wrote something", look)
			}
		}
		if r := s.heal(); r.Changed || r.Verdict != "healthy" {
			s.Errorf("%+v", r)
		}
		first := s.must(stamp)
		if !strings.Contains(first, " 644 0:0\n") || !strings.Contains(first, " 755 0:0\n") {
			s.Errorf("the record and its directory: %s", first)
		}
		for _, run := range []string{"heal", "heal --yes", "identity --record", "check", "identity"} {
			s.must("sshd-doctor " + run)
			if now := s.must(stamp); now != first {
				s.Errorf("%s wrote where nothing was new: %s, then %s", run, first, now)
			}
		}
		if s.must("grep -c PRIVATE "+record+" || true") != "0\n" {
			s.Error("there is something private in the record")
		}
		// Everybody may read it, and ask; only root may write.
		s.ends(0, "setpriv --reuid=nobody --clear-groups sshd-doctor identity --is "+s.fingerprint("rsa"))
		s.ends(77, "setpriv --reuid=nobody --clear-groups sshd-doctor identity --record")
	})
}

// A key in a file with a name that is not ASCII: the record can be read again, so
// that no run takes the last one's for damaged and sets it aside.
func TestAKeyWithAName(t *testing.T) {
	onEverySuite(t, func(s server) {
		s.must("F=/etc/ssh/schl\u00fcssel" + `; cd /etc/ssh; cp -p ssh_host_ed25519_key $F; cp -p ssh_host_ed25519_key.pub $F.pub
			echo "HostKey $F" >sshd_config.d/key.conf; systemctl restart ssh`)
		for range 3 {
			s.must("sshd-doctor heal; sshd-doctor identity --record")
		}
		if files := s.must("ls /var/lib/sshd-doctor"); strings.Contains(files, "damaged") {
			s.Errorf("there is %s", files)
		}
	})
}

// What becomes of a server's keys in its life, and what the record says of it.
func TestWhyKeysChange(t *testing.T) {
	onEverySuite(t, func(s server) {
		s.heal()
		if k := s.card("").Keys[0]; k.Why != "package" || k.Since == "" {
			s.Errorf("as it was installed: %+v", k)
		}
		s.must("cp -a /etc/ssh /root/backup; " + fresh)
		s.heal()
		s.why("heal made them", "sshd-doctor", 3)

		s.must(`mkdir -p /var/lib/cloud/instances/iid-2/sem; ln -sfn /var/lib/cloud/instances/iid-2 /var/lib/cloud/instance
			rm /etc/ssh/ssh_host_*; sleep 1.1; touch /var/lib/cloud/instances/iid-2/sem/config_ssh; ssh-keygen -A; systemctl restart ssh`)
		if c := s.card(""); len(c.Past) != 6 || c.Keys[0].Why != "cloud-init" {
			s.Errorf("before heal has seen it: %+v", c)
		}
		s.heal()
		s.why("cloud-init made them", "cloud-init", 6)

		s.must("cp -a /root/backup/ssh_host_* /etc/ssh/; systemctl restart ssh")
		s.heal()
		s.why("they come from the backup", "restore", 9)

		s.must("rm -r /var/lib/cloud /etc/ssh/ssh_host_*; ssh-keygen -A; systemctl restart ssh")
		if r := s.heal(); r.says("identity-changed") == "" || r.Changed || len(r.Forget) == 0 {
			s.Errorf("somebody made new keys: %+v", r)
		}
		s.why("somebody made them by hand", "", 12)
	})
}

func (s server) why(what, want string, past int) {
	s.Helper()
	c := s.card("")
	if len(c.Keys) != 3 || len(c.Past) != past || c.Record.State != "whole" || c.Verdict != "healthy" {
		s.Fatalf("%s: %+v", what, c)
	}
	for _, k := range c.Keys {
		if k.Why != want || !k.Served || k.File != "same" {
			s.Errorf("%s: %+v", what, k)
		}
	}
}

// Whatever is wrong with the record, heal does its work and says it in a line.
func TestTheRecordIsInTheWay(t *testing.T) {
	onEverySuite(t, func(s server) {
		s.must("mount -t tmpfs -o ro none /var/lib")
		s.must(fresh)
		if r := s.heal(); r.Verdict != "healthy" || !strings.HasPrefix(r.says("identity-record-unusable"), "notice: ") {
			s.Errorf("with a read-only /var: %+v", r)
		}
		if out := s.ends(1, "sshd-doctor identity --record"); !strings.Contains(out, "sshd-doctor: cannot ") {
			s.Errorf("--record with a read-only /var: %s", out)
		}
		s.must("umount /var/lib")

		s.must("mkdir /var/lib/sshd-doctor; head -c 4096 /dev/zero >" + record)
		if out := s.ends(0, "sshd-doctor check"); !strings.Contains(out, "damaged") {
			s.Errorf("check does not mention the damage: %s", out)
		}
		if r := s.heal(); !strings.Contains(r.says("identity-record-unusable"), "set aside") {
			s.Errorf("with a damaged record: %+v", r)
		}
		if kept := s.must("ls /var/lib/sshd-doctor"); !strings.Contains(kept, "identity.json.damaged-2") {
			s.Errorf("the damaged one is not kept: %s", kept)
		}
		if c := s.card(""); c.Record.State != "whole" || len(c.Keys) != 3 {
			s.Errorf("%+v", c)
		}

		s.must(`sed -i 's/"schema": 1/"schema": 7/' ` + record + "; cp " + record + " /root/newer")
		if r := s.heal(); !strings.Contains(r.says("identity-record-unusable"), "could not be written") {
			s.Errorf("with a newer record: %+v", r)
		}
		s.must("cmp " + record + " /root/newer")
	})
}

// sshd runs with keys that are not those on disk, or not at all.
func TestFileAndServedDiffer(t *testing.T) {
	onEverySuite(t, func(s server) {
		s.heal()
		old := s.fingerprint("ed25519")
		// From 9.8 on the old key stays in memory.
		s.must("rm /etc/ssh/ssh_host_ed25519_key*; ssh-keygen -q -t ed25519 -N '' -f /etc/ssh/ssh_host_ed25519_key")
		c := s.card("")
		inMemory := s.Suite == "trixie"
		if (c.Verdict == "degraded") != inMemory {
			s.Errorf("%+v", c)
		}
		want := map[bool]string{true: "yes", false: "old"}[inMemory]
		if got := s.card("--is " + old); got.Asked.Answer != want {
			s.Errorf("the old key: %+v, want %s", got.Asked, want)
		}
		if got := s.card("--is " + s.fingerprint("ed25519")); got.Asked.Answer != "yes" {
			s.Errorf("the new key: %+v", got.Asked)
		}
		s.must("systemctl stop ssh")
		s.ends(2, "sshd-doctor identity")
		if out := s.ends(2, "sshd-doctor identity --known-hosts 2>/dev/null"); out != "" {
			s.Errorf("lines that nobody has proven: %s", out)
		}
		s.ends(0, "sshd-doctor identity --is "+s.fingerprint("ed25519"))
	})
}
