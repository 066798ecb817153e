package sshdconf

import "strings"

// Arguments keeps of sshd's arguments those that say what its configuration is
// (sshd(8)), each flag by itself and before its value, and leaves out those that
// say how it runs. What this program does not know stays, so that sshd itself can
// say that it does not know it either.
func Arguments(args []string) []string {
	const (
		configures = "cfhopu" // with a value
		runs       = "CEbgk"  // with a value
		alone      = "DGQRTVdeiqrt"
	)
	var out []string
	for i := 0; i < len(args); i++ {
		a := args[i]
		switch {
		case a == "--":
			return append(out, args[i:]...)
		case len(a) < 2 || a[0] != '-' || a[1] == '-':
			out = append(out, a)
			continue
		}
		for j := 1; j < len(a); j++ {
			flag := rune(a[j])
			if strings.ContainsRune(alone, flag) {
				continue
			}
			if !strings.ContainsRune(configures+runs, flag) {
				out = append(out, "-"+string(flag))
				continue
			}
			value := a[j+1:]
			if value == "" && i+1 < len(args) {
				i++
				value = args[i]
			}
			if strings.ContainsRune(configures, flag) {
				out = append(out, "-"+string(flag), value)
			}
			break
		}
	}
	return out
}

func dropFlag(args []string, flag string) []string {
	var out []string
	for i := 0; i < len(args); i++ {
		if args[i] == flag {
			i++
			continue
		}
		out = append(out, args[i])
	}
	return out
}

func mainFile(args []string) string {
	for i, a := range args {
		if a == "-f" && i+1 < len(args) {
			return args[i+1]
		}
	}
	return usualFile
}
