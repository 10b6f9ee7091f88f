/** What taking back does, in the words of its dialog. */
export function undoChangesWords(host: string) {
  return {
    title: `Take back the changes on ${host}?`,
    description:
      'Its configuration, units and firewall rules become what they were before, to the byte, and its daemon reads them again. Running guests go on. Certificates stay. Until it is prepared again, guests cannot move encrypted to or from this host.',
  };
}

export function undoCertificatesWords(host: string) {
  return {
    title: `Put the certificates of before back on ${host}?`,
    description:
      'The set of before takes the place of this one; where there was none, the files are removed. Its daemon reads them again, and running guests go on. Other hosts may then refuse it.',
  };
}
