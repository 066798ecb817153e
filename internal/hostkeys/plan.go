package hostkeys

import (
	"fmt"
	"slices"

	"github.com/sshd-doctor/sshd-doctor/internal/diag"
	"github.com/sshd-doctor/sshd-doctor/internal/safetext"
)

// Why a file was moved aside, as it stands in its new name.
const (
	whyBad = "bad"
	// whyOld: the file is intact, and only its owner can use it.
	whyOld = "old"
)

// remedy is what can be done about a fault; false when there is nothing to do.
func (j *judgement) remedy(k Key, flt fault) (diag.Remedy, bool) {
	d := j.f.dir(k)
	if flt.aside == k.Path {
		d = j.f.dirAt(k.Home)
	}
	r := diag.Remedy{Summary: flt.title, Consent: flt.consent, Reason: flt.reason, Steps: flt.steps}
	switch {
	case flt.unknown:
		return r, false
	case flt.fresh:
		r = j.newKey(k, d, flt, r)
	case len(r.Steps) == 0:
		r.Manual = inspect(k, flt)
		return r, true
	}
	switch {
	case d.ReadOnly:
		r = byHand(r, "it is on a read-only file system")
	case r.Consent == diag.Manual:
		r = byHand(r, r.Reason)
	}
	return r, true
}

// newKey fills in the steps that end with a new key in the place of k.
func (j *judgement) newKey(k Key, d Dir, flt fault, r diag.Remedy) diag.Remedy {
	kind := j.kinds[k.Path]
	r.Summary = "make a new " + kind.label() + " key"
	r.Slow = kind.slow()
	if j.f.loose(d) {
		if ownDir(d.Path) {
			r.Steps = append(r.Steps, j.f.tighten(d)...)
		} else if r.Consent == diag.None {
			r.Consent, r.Reason = diag.Asks, d.Path+" can be changed by others, who could replace the key"
		}
	}
	for _, dir := range d.Missing {
		r.Steps = append(r.Steps, MakeDir{Path: dir, UID: j.f.UID, GID: j.f.GID})
	}
	if flt.aside != "" {
		r.Summary = "keep the file under another name and " + r.Summary
		why := whyBad
		if k.State == Encrypted {
			why = whyOld
		}
		r.Steps = append(r.Steps, MoveAside{Path: flt.aside, Why: why, State: k.State, Key: flt.aside})
	}
	// What belonged to the lost key must not be taken for the new one's.
	if k.Pub.State != PubAbsent {
		r.Steps = append(r.Steps, MoveAside{Path: k.PubPath(), Why: whyOld, Key: k.Real})
	}
	if k.Cert {
		r.Steps = append(r.Steps, MoveAside{Path: k.CertPath(), Why: whyOld, Key: k.Real})
	}
	step := MakeKey{
		Path: k.Real, Pub: k.PubPath(), Kind: kind, Comment: j.comment(),
		UID: j.f.UID, GID: j.f.GID, Restorecon: j.f.Restorecon,
	}
	if flt.aside == k.Path {
		step.Path = k.Path // the link goes, and a file takes its place
	}
	if kind.foreign() {
		step.Keygen = j.f.Keygen
		if j.f.Keygen == "" {
			r.Consent, r.Reason = diag.Manual, "only ssh-keygen can make such a key, and it is not there"
		}
	}
	r.Steps = append(r.Steps, step)
	return r
}

// byHand turns a remedy into one that is only shown.
func byHand(r diag.Remedy, reason string) diag.Remedy {
	r.Manual, r.Steps = r.Commands(), nil
	r.Consent, r.Reason, r.Slow = diag.Manual, reason, false
	return r
}

// inspect lists commands that show more about a key which is left alone.
func inspect(k Key, flt fault) []string {
	switch flt.rule.Code {
	case ruleUnsupported.Code:
		return []string{"grep -rn " + safetext.Word(k.Path) + " /etc/ssh/sshd_config /etc/ssh/sshd_config.d"}
	case ruleUnreadable.Code:
		return []string{"ls -l " + safetext.Word(k.Path), "head -c 1 " + safetext.Word(k.Path) + " >/dev/null"}
	}
	return []string{"sshd -t -d", "ssh-keygen -l -f " + safetext.Word(k.Path)}
}

// comment is what ssh-keygen puts behind a host key.
func (j *judgement) comment() string { return "root@" + j.f.Hostname }

// obstacle is why no key can be made in a directory.
type obstacle struct {
	rule   diag.Rule
	dir    Dir
	keys   []Key
	faults []fault
}

// Room that one new key needs: two files of less than 4096 bytes each, and one
// inode for each.
const (
	bytesPerKey  = 2 * 4096
	inodesPerKey = 2
)

// waits tells whether the fault is one of the place first: without room for a
// new key there, nothing else about it matters.
func (f fault) waits(k Key) bool {
	return f.fresh && (f.consent == diag.None || f.consent == diag.Asks && k.File == Absent)
}

// room is how many new keys find room in a directory.
func (d Dir) room() int64 {
	if d.Inodes < 0 {
		return d.Bytes / bytesPerKey
	}
	return min(d.Bytes/bytesPerKey, d.Inodes/inodesPerKey)
}

// measure finds the file systems without room for all keys that are to be made.
// The last of it is used only where nobody gets in otherwise: then as many keys
// are made as find room, the quick ones first.
func (j *judgement) measure() {
	count, room := map[uint64]int64{}, map[uint64]int64{}
	j.full, j.fits = map[uint64]bool{}, map[string]bool{}
	var quick, slow []Key
	for _, k := range j.f.Keys {
		flt, bad := j.faultOf(k)
		if !bad || !flt.waits(k) {
			continue
		}
		count[j.f.dir(k).Device]++
		switch {
		case flt.consent != diag.None:
		case j.kinds[k.Path].slow():
			slow = append(slow, k)
		default:
			quick = append(quick, k)
		}
	}
	for _, d := range j.f.Dirs {
		if n := count[d.Device]; n > d.room() && d.SpaceKnown {
			j.full[d.Device], room[d.Device] = true, d.room()
		}
	}
	for _, k := range slices.Concat(quick, slow) {
		if at := j.f.dir(k).Device; j.severity == diag.Broken && room[at] > 0 {
			room[at]--
			j.fits[k.Path] = true
		}
	}
}

// block tells whether no key can be made where k should be, and notes it.
func (j *judgement) block(k Key, flt fault) bool {
	d := j.f.dir(k)
	var rule diag.Rule
	switch {
	case d.Unmounted != "":
		rule = ruleUnmounted
	case d.ReadOnly:
		rule = ruleReadOnly
	case d.Immutable:
		rule = ruleImmutable
	case k.Immutable:
		rule, d.Path = ruleImmutable, k.Real
	case j.full[d.Device] && !j.fits[k.Path]:
		rule = ruleDiskFull
	default:
		return false
	}
	for i := range j.stuck {
		if o := &j.stuck[i]; o.rule.Code == rule.Code && o.dir.Path == d.Path {
			o.keys, o.faults = append(o.keys, k), append(o.faults, flt)
			return true
		}
	}
	j.stuck = append(j.stuck, obstacle{rule, d, []Key{k}, []fault{flt}})
	return true
}

// obstacles reports each reason why keys cannot be made, once for all keys that
// wait for it.
func (j *judgement) obstacles() {
	for _, o := range j.stuck {
		var summary string
		r := diag.Remedy{Consent: diag.Manual}
		var seen diag.Evidence
		switch o.rule.Code {
		case ruleUnmounted.Code:
			summary = o.dir.Unmounted + " should be mounted and is not; host keys belong there"
			seen = diag.Evidence{Source: o.dir.UnmountedBy, Text: "names the mount point " + o.dir.Unmounted}
			r.Summary, r.Reason = "mount it", "a key made there now would be another identity than the one on the disk"
			r.Manual = []string{"mount " + safetext.Word(o.dir.Unmounted)}
		case ruleReadOnly.Code:
			summary = o.dir.Path + " is on a read-only file system; no key can be made there"
			seen = diag.Evidence{Source: "statfs " + o.dir.Path, Text: "read-only"}
			r.Summary, r.Reason = "find out why, then make it writable", "after an error of the disk, writing makes it worse"
			r.Manual = []string{"dmesg | tail -n 20", "mount -o remount,rw $(findmnt -n -o TARGET -T " + safetext.Word(o.dir.Path) + ")"}
		case ruleImmutable.Code:
			summary = o.dir.Path + " has the attribute i (immutable); no key can be made there"
			seen = diag.Evidence{Source: "lsattr -d " + o.dir.Path, Text: "i"}
			r.Summary, r.Reason = "take the attribute away", "somebody, or a program, set it so that nothing there changes"
			r.Manual = []string{"lsattr -d " + safetext.Word(o.dir.Path), "chattr -i " + safetext.Word(o.dir.Path), "sshd-doctor"}
		case ruleDiskFull.Code:
			summary = "there is no room for new host keys in " + o.dir.Path
			seen = diag.Evidence{
				Source: "statfs " + o.dir.Path,
				Text:   fmt.Sprintf("%d bytes and %s inodes free", o.dir.Bytes, inodes(o.dir.Inodes)),
			}
			r.Summary, r.Reason = "make room", "what can be deleted is known only to you"
			r.Manual = []string{"df -h " + safetext.Word(o.dir.Path), "df -i " + safetext.Word(o.dir.Path)}
		}
		evidence := []diag.Evidence{seen}
		for i := range o.keys {
			evidence = append(evidence, diag.Evidence{Source: o.keys[i].Path, Text: o.faults[i].summary})
		}
		j.add(o.rule.New(o.dir.Path, summary, evidence...).As(j.severity).With(r))
	}
}

func inodes(n int64) string {
	if n < 0 {
		return "unlimited"
	}
	return fmt.Sprint(n)
}
