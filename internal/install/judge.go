package install

import (
	"path"

	"github.com/sshd-doctor/sshd-doctor/internal/diag"
	"github.com/sshd-doctor/sshd-doctor/internal/host"
)

// Judge says what sshd misses.
func Judge(f Facts) []diag.Finding {
	var out []diag.Finding
	if found, ok := judgeProgram(f, f.Binary, ruleNotInstalled); ok {
		out = append(out, found)
	} else if f.Mute {
		out = append(out, ruleDamaged.New(f.Binary.Path, f.Binary.Path+" is not sshd: it ends at once and says nothing",
			diag.Evidence{Source: f.Binary.Path + " -T", Text: "status 0, and no configuration"}).With(again(f)))
	}
	for _, p := range f.Helpers {
		rule := ruleSession
		if path.Base(p.Path) == "sshd-auth" {
			rule = ruleAuth
		}
		if found, ok := judgeProgram(f, p, rule); ok {
			out = append(out, found)
		}
	}
	for _, said := range []struct {
		rule diag.Rule
		text string
	}{{ruleLibrary, f.LibrarySaid}, {ruleOpenSSL, f.OpenSSLSaid}} {
		if said.text != "" {
			out = append(out, said.rule.New(f.Binary.Path, said.text,
				diag.Evidence{Source: "sshd", Text: said.text}).With(again(f)))
		}
	}
	return append(out, judgePrivsep(f)...)
}

// Forbidden is the finding for a program that is there, and that sshd may not
// start all the same: its own words say so.
func Forbidden(program string, said ...diag.Evidence) diag.Finding {
	return ruleDamaged.New(program, program+" is there, but sshd may not start it", said...)
}

// judgeListed: the user is there, and to make it again would change nothing.
func judgeListed(f Facts) diag.Finding {
	nss := f.NSS
	if nss == "" {
		nss = "no line passwd:"
	}
	return ruleUser.New(f.UserMissing, "the user "+f.UserMissing+" is in /etc/passwd, but sshd does not find it",
		diag.Evidence{Source: "sshd", Text: "Privilege separation user " + f.UserMissing + " does not exist"},
		diag.Evidence{Source: "/etc/passwd", Text: "has a line for it"},
		diag.Evidence{Source: "/etc/nsswitch.conf", Text: nss}).
		With(diag.Remedy{
			Summary: "have users looked for in files first (passwd: files ...), or mend the line", Consent: diag.Manual,
			Manual: []string{"getent passwd " + f.UserMissing, "grep " + f.UserMissing + ": /etc/passwd", "nano /etc/nsswitch.conf", "sshd-doctor"},
		})
}

func again(f Facts) diag.Remedy {
	return diag.Remedy{
		Summary: "install the OpenSSH server again", Consent: diag.Manual,
		Manual: []string{f.Reinstall, "sshd-doctor"},
	}
}

func judgeProgram(f Facts, p Program, absent diag.Rule) (diag.Finding, bool) {
	switch {
	case p.Err != "":
		return ruleUnknown.Unknown(p.Path, "could not look at "+p.Path,
			diag.Evidence{Source: p.Path, Text: p.Err}), true
	case p.Absent:
		return absent.New(p.Path, p.Path+" is not there",
			diag.Evidence{Source: p.Path, Text: "no such file"}).With(again(f)), true
	case p.Empty:
		return ruleDamaged.New(p.Path, p.Path+" is empty",
			diag.Evidence{Source: p.Path, Text: "0 bytes"}).With(again(f)), true
	case p.NotExecutable:
		return ruleDamaged.New(p.Path, p.Path+" may not be executed",
			diag.Evidence{Source: p.Path, Text: "no execute permission"}).With(again(f)), true
	}
	return diag.Finding{}, false
}

func judgePrivsep(f Facts) []diag.Finding {
	var out []diag.Finding
	if f.UserMissing != "" && f.NoRoot {
		out = append(out, judgeAccounts(f))
	} else if f.UserMissing != "" && f.UserListed {
		out = append(out, judgeListed(f))
	} else if f.UserMissing != "" {
		var step diag.Step = MakeUser{Name: f.UserMissing, Sysusers: f.SysusersFile, Group: f.Group}
		if f.OnDisk {
			step = AddUser{Name: f.UserMissing}
		}
		out = append(out, ruleUser.New(f.UserMissing, "the user "+f.UserMissing+" does not exist",
			diag.Evidence{Source: "sshd", Text: "Privilege separation user " + f.UserMissing + " does not exist"}).
			With(diag.Remedy{Summary: "make the system user " + f.UserMissing, Steps: []diag.Step{step}}))
	}
	// Where systemd makes the directory at each start, its absence while the
	// unit is down means nothing.
	if f.OnDisk && host.Volatile(f.DirMissing) && !f.DirManaged {
		out = append(out, ruleDir.New(f.DirMissing, "nothing on the disk makes "+f.DirMissing+" at boot",
			diag.Evidence{Source: "sshd", Text: "Missing privilege separation directory: " + f.DirMissing}).
			With(diag.Remedy{
				Summary: "have sshd's unit make it (RuntimeDirectory=), or a file of tmpfiles.d", Consent: diag.Manual,
				Manual: []string{"systemctl cat " + f.Unit},
			}))
		f.DirMissing = ""
	}
	if f.DirMissing != "" && (!f.DirManaged || f.ServiceActive) {
		out = append(out, ruleDir.New(f.DirMissing, f.DirMissing+" is not there",
			diag.Evidence{Source: "sshd", Text: "Missing privilege separation directory: " + f.DirMissing}).
			With(diag.Remedy{
				Summary: "make " + f.DirMissing,
				Steps:   []diag.Step{MakeDir{Path: f.DirMissing}},
			}))
	}
	if f.DirMode != "" && (!f.DirManaged || f.ServiceActive) {
		out = append(out, ruleDirMode.New(f.DirMode, f.DirMode+" may be written by others than root",
			diag.Evidence{Source: "sshd", Text: f.DirMode + " must be owned by root and not group or world-writable."}).
			With(diag.Remedy{
				Summary: "give " + f.DirMode + " to root alone",
				Steps:   []diag.Step{CloseDir{Path: f.DirMode}},
			}))
	}
	return out
}

// judgeAccounts: with a user for sshd clients would get as far as their login, and
// nobody could log in.
func judgeAccounts(f Facts) diag.Finding {
	remedy := diag.Remedy{Summary: "put /etc/passwd back from a backup", Consent: diag.Manual,
		Manual: []string{"ls -l /etc/passwd /etc/group /etc/shadow"}}
	if len(f.Copies) > 0 {
		remedy.Summary = "put /etc/passwd back, if " + f.Copies[0] + " is what it was"
		remedy.Manual = []string{"cat " + f.Copies[0], "cp -p " + f.Copies[0] + " /etc/passwd"}
	}
	return ruleUser.New(f.UserMissing, "/etc/passwd holds no user root, so nobody could log in",
		diag.Evidence{Source: "/etc/passwd", Text: "neither root nor " + f.UserMissing + " is in it"}).With(remedy)
}
