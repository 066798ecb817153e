package sshdconf

import (
	"slices"
	"strings"
)

// allKeywords are those of sshd_config(5) in OpenSSH 7.4 to 10.3, of the patches
// that distributions carry, and of what older versions knew.
func allKeywords() []string {
	return strings.Fields(`acceptenv addressfamily allowagentforwarding allowgroups allowstreamlocalforwarding
		allowtcpforwarding allowusers authenticationmethods authorizedkeyscommand authorizedkeyscommanduser
		authorizedkeysfile authorizedprincipalscommand authorizedprincipalscommanduser authorizedprincipalsfile
		banner casignaturealgorithms challengeresponseauthentication channeltimeout chrootdirectory ciphers
		clientalivecountmax clientaliveinterval compression debianbanner denygroups denyusers disableforwarding
		exposeauthinfo fingerprinthash forcecommand gatewayports gssapiauthentication gssapicleanupcredentials
		gssapienablek5users gssapikexalgorithms gssapikeyexchange gssapistorecredentialsonrekey
		gssapistrictacceptorcheck hostbasedacceptedalgorithms hostbasedacceptedkeytypes hostbasedauthentication
		hostbasedusesnamefrompacketonly hostcertificate hostkey hostkeyagent hostkeyalgorithms ignorerhosts
		ignoreuserknownhosts include ipqos kbdinteractiveauthentication kerberosauthentication
		kerberosgetafstoken kerberosorlocalpasswd kerberosticketcleanup kerberosuniqueccache kexalgorithms
		keyregenerationinterval listenaddress logingracetime loglevel logverbose macs match maxauthtries
		maxsessions maxstartups modulifile passwordauthentication permitemptypasswords permitlisten permitopen
		permitrootlogin permittty permittunnel permituserenvironment permituserrc persourcemaxstartups
		persourcenetblocksize persourcepenalties persourcepenaltyexemptlist pamservicename pidfile port
		printlastlog printmotd protocol pubkeyacceptedalgorithms pubkeyacceptedkeytypes pubkeyauthentication
		pubkeyauthoptions rdomain refuseconnection rekeylimit requiredrsasize revokedkeys rhostsrsaauthentication
		rsaauthentication rsaminsize securitykeyprovider serverkeybits setenv showpatchlevel sshdauthpath
		sshdsessionpath streamlocalbindmask streamlocalbindunlink strictmodes subsystem syslogfacility
		tcpkeepalive trustedusercakeys unusedconnectiontimeout usedns uselogin usepam useprivilegeseparation
		versionaddendum x11displayoffset x11forwarding x11maxdisplays x11uselocalhost xauthlocation`)
}

// Means is the keyword, in lower case, that a word is or was most likely meant to
// be; empty where it is like none.
func Means(word string) string {
	word = strings.ToLower(word)
	const longest = 60
	if all := allKeywords(); len(word) <= longest && word != "" {
		if slices.Contains(all, word) {
			return word
		}
		if near := rank(word, len(word)/5, slices.Values(all)); near[0].at <= len(word)/5 {
			return near[0].keyword
		}
	}
	return ""
}

// Access is the keyword about access that a line has, or most likely means; empty
// where it is about something else.
func Access(line string) string {
	key, _ := SplitLine(line)
	key = Means(strings.Trim(key, `"`))
	if _, ok := access()[key]; !ok {
		return ""
	}
	return key
}
