// Package packages builds the packages, and installs, upgrades, removes and
// purges Debian's in boxes.
package packages
