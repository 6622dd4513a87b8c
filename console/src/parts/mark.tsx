/** The mark: an envelope that is a shield, with a key's hole under its flap. */
export function Mark({ size = 28 }: { size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 32 32" aria-hidden="true" focusable="false">
      <path
        d="M3 8a5 5 0 0 1 5-5h16a5 5 0 0 1 5 5v9.500c0 5.200-4.600 8.600-13 11.500C7.600 26.100 3 22.700 3 17.500Z"
        fill="#2a4494"
      />
      <path
        d="M3.600 7.200 16 16.200 28.400 7.200"
        fill="none"
        stroke="#f4f1e8"
        strokeWidth="2.200"
        strokeLinejoin="round"
      />
      <circle cx="16" cy="18" r="3.300" fill="#d9aa55" />
      <path d="M14.500 19.500h3l1 5.300h-5Z" fill="#d9aa55" />
    </svg>
  );
}
