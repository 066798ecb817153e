// Package cloud boots boxes with the real cloud-init, as cloud machines boot for
// the first time: the table of boxes is cases.txt.
package cloud
