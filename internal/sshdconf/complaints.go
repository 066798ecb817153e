package sshdconf

import "regexp"

// Kind sorts sshd's complaints.
type Kind string

// The kinds of complaint.
const (
	// Other is a complaint that is not known: it is quoted as it stands.
	Other Kind = "other"
	// Ignored is a line that is no complaint.
	Ignored Kind = "ignored"
	// Prelude is a line that explains the complaint after it.
	Prelude Kind = "prelude"

	UnknownOption   Kind = "unknown-option"
	BadValue        Kind = "bad-value"
	BadArguments    Kind = "bad-arguments"
	BadAlgorithm    Kind = "bad-algorithm"
	NotInMatch      Kind = "not-in-match"
	BadMatch        Kind = "bad-match"
	Duplicate       Kind = "duplicate-subsystem"
	BadPort         Kind = "bad-port"
	BadAddress      Kind = "bad-address"
	CommandNoUser   Kind = "command-without-user"
	AuthMethods     Kind = "auth-methods"
	FileMissing     Kind = "file-missing"
	NoHostKeys      Kind = "no-hostkeys"
	PrivsepUser     Kind = "privsep-user"
	PrivsepDir      Kind = "privsep-dir"
	PrivsepDirMode  Kind = "privsep-dir-mode"
	Library         Kind = "library"
	OpenSSLMismatch Kind = "openssl-mismatch"
	UnknownFlag     Kind = "unknown-flag"
)

type complaint struct {
	kind Kind
	re   *regexp.Regexp
}

// complaints lists what sshd says, in the wording of OpenSSH 7.4 to 10.6
// (sshd.c, servconf.c, authfile.c). The first that matches counts; a group is
// the word that the complaint is about.
func complaints() []complaint {
	c := func(k Kind, re string) complaint { return complaint{k, regexp.MustCompile(re)} }
	return []complaint{
		c(UnknownOption, `^Bad configuration option: (\S+)`),
		c(Ignored, `: terminating, \d+ bad configuration options$`),
		c(Ignored, `^(?:(?:rexec|reprocess config) line \d+: )?(?:Deprecated|Unsupported) option (\S+)$`),
		c(Ignored, `^@+$|^@ .* @$|^Permissions 0\d+ for |^It is required that your private key|^This private key will be ignored`),
		c(Ignored, `^Unable to load host key "|^Error loading host key "|^Could not load host key|^Public key for .* does not match private key`),
		c(Ignored, `^Could not load host certificate|^No matching private key for certificate|^Certificate file is not a certificate`),
		c(BadAlgorithm, `^(?:Bad SSH2 \S+(?: spec)?|Bad key types|Bad SSH2 \S+ \S+) '([^']*)'`),
		c(Prelude, `^Unsupported (?:KEX algorithm|cipher|MAC|Match attribute) |^Unknown authentication method |^Invalid Match address argument`),
		c(Prelude, `^Missing Match criteria |^Disabled method |^Could not connect to agent `),
		c(NotInMatch, `^Directive '([^']*)' is not allowed within a Match block`),
		c(BadMatch, `^Bad Match condition`),
		c(Duplicate, `^Subsystem '([^']*)' already defined`),
		c(BadPort, `^Badly formatted port number|^too many ports|^[Bb]ad port number\.?$`),
		c(BadAddress, `^bad addr or host: (\S+) `),
		c(BadArguments, `^keyword (\S+) extra arguments at end of line`),
		c(BadArguments, `^no argument after keyword "([^"]*)"`),
		c(BadArguments, `^invalid quotes|^garbage at end of line|^[Mm]issing (?:argument|file name)|^Include missing`),
		c(CommandNoUser, `^(Authorized\w+Command) set without`),
		c(AuthMethods, `^AuthenticationMethods cannot be satisfied`),
		c(FileMissing, `^(/\S+): No such file or directory$`),
		c(NoHostKeys, `no hostkeys available -- exiting`),
		c(PrivsepUser, `^Privilege separation user (\S+) does not exist`),
		c(PrivsepDir, `^Missing privilege separation directory: (\S+)`),
		c(PrivsepDirMode, `^(/\S+) must be owned by root and not group or world-writable`),
		c(Library, `error while loading shared libraries: ([^:]+)`),
		c(OpenSSLMismatch, `^OpenSSL version mismatch`),
		c(Ignored, `from /etc/ld.so.preload cannot be preloaded`),
		c(UnknownFlag, `^(?:unknown|illegal) option -- (\S)|invalid option -- '(\S)'`),
	}
}
