import type { ReactNode, SVGProps } from 'react';

/** Our own drawings, on a grid of 20 with a line of 1.5. */
type IconProps = { size?: number } & Omit<SVGProps<SVGSVGElement>, 'size'>;

function drawn(name: string, shape: ReactNode) {
  function Icon({ size = 18, ...rest }: IconProps) {
    return (
      <svg
        width={size}
        height={size}
        viewBox="0 0 20 20"
        fill="none"
        stroke="currentColor"
        strokeWidth={1.5}
        strokeLinecap="round"
        strokeLinejoin="round"
        aria-hidden="true"
        focusable="false"
        {...rest}
      >
        {shape}
      </svg>
    );
  }
  Icon.displayName = name;
  return Icon;
}

const path = (d: string) => <path d={d} />;

export const DashboardIcon = drawn('Dashboard', path('M3 3h6v8H3zM11 3h6v4h-6zM11 9h6v8h-6zM3 13h6v4H3z'));
export const ConnectionIcon = drawn(
  'Connection',
  path('M3 4h14v5H3zM3 11h14v5H3zM6 6.500h.01M6 13.500h.01M10 6.500h4M10 13.500h4'),
);
export const KeyIcon = drawn('Key', path('M8.500 12.500a4 4 0 1 1 0-5h8.500v3h-2v2.500h-2.500V12.500zM5.800 10h.01'));
export const TreeIcon = drawn(
  'Tree',
  path('M7.500 2.500h5v4h-5zM2.500 13.500h5v4h-5zM12.500 13.500h5v4h-5zM10 6.500V10M5 13.500V10h10v3.500'),
);
export const TrailIcon = drawn(
  'Trail',
  path('M4 4.500h.01M4 10h.01M4 15.500h.01M7.500 4.500H16M7.500 10H16M7.500 15.500H13'),
);
export const PersonIcon = drawn(
  'Person',
  path(
    'M10 9.500a3.250 3.250 0 1 0 0-6.500 3.250 3.250 0 0 0 0 6.500zM3.500 17c.6-3 3.200-4.800 6.500-4.800s5.900 1.800 6.500 4.800',
  ),
);
export const RoleIcon = drawn(
  'Role',
  path('M10 2.500l6.500 2v5c0 4-2.700 6.500-6.500 8-3.800-1.500-6.500-4-6.500-8v-5zM7.200 10l2 2 3.600-4'),
);
export const TokenIcon = drawn('Token', path('M6.500 5L2.500 10l4 5M13.500 5l4 5-4 5M11.500 3.500l-3 13'));
export const SendIcon = drawn('Send', path('M17.500 2.500L2.500 8.500l6 3 3 6zM17.500 2.500l-9 9'));
export const SlidersIcon = drawn('Sliders', path('M3 6h8M15 6h2M3 14h2M9 14h8M13 4v4M7 12v4'));
export const SunIcon = drawn(
  'Sun',
  path(
    'M10 13a3 3 0 1 0 0-6 3 3 0 0 0 0 6zM10 2v1.500M10 16.500V18M2 10h1.500M16.500 10H18M4.300 4.300l1.100 1.100M14.600 14.600l1.100 1.100M4.300 15.700l1.100-1.100M14.600 5.400l1.100-1.100',
  ),
);
export const MoonIcon = drawn('Moon', path('M16.500 12A7 7 0 0 1 8 3.500 7 7 0 1 0 16.500 12z'));
export const ScreenIcon = drawn('Screen', path('M3 4h14v9.500H3zM7.500 17h5M10 13.500V17'));
export const SignOutIcon = drawn('SignOut', path('M8 3.500H4v13h4M12.500 6.500L16 10l-3.500 3.500M16 10H7.500'));
export const MenuIcon = drawn('Menu', path('M3 5.500h14M3 10h14M3 14.500h14'));
export const CloseIcon = drawn('Close', path('M5 5l10 10M15 5L5 15'));
export const MoreIcon = drawn('More', path('M4.500 10h.01M10 10h.01M15.500 10h.01'));
export const PlusIcon = drawn('Plus', path('M10 4v12M4 10h12'));
export const SearchIcon = drawn('Search', path('M9 14.500a5.500 5.500 0 1 0 0-11 5.500 5.500 0 0 0 0 11zM13 13l4 4'));
export const CopyIcon = drawn('Copy', path('M7 7h9.500v9.500H7zM13 7V3.500H3.500V13H7'));
export const CheckIcon = drawn('Check', path('M4 10.500l4 4 8-9'));
export const CrossIcon = drawn('Cross', path('M5.500 5.500l9 9M14.500 5.500l-9 9'));
export const BangIcon = drawn('Bang', path('M10 4.500v7M10 15.200h.01'));
export const WarningIcon = drawn('Warning', path('M10 3.200l7.300 13H2.700zM10 8.200v3.600M10 13.900h.01'));
export const DotIcon = drawn('Dot', <circle cx="10" cy="10" r="2.500" fill="currentColor" stroke="none" />);
export const DashIcon = drawn('Dash', path('M6 10h8'));
export const ChevronIcon = drawn('Chevron', path('M7.500 5l5 5-5 5'));
export const DownIcon = drawn('Down', path('M5 7.500l5 5 5-5'));
export const BackIcon = drawn('Back', path('M16 10H4.500M9 5l-5 5 5 5'));
export const PlayIcon = drawn('Play', path('M6.500 4v12l9-6z'));
export const PauseIcon = drawn('Pause', path('M7 4.500v11M13 4.500v11'));
export const ClockIcon = drawn('Clock', path('M10 17a7 7 0 1 0 0-14 7 7 0 0 0 0 14zM10 6v4.200l2.700 1.800'));
export const CalendarIcon = drawn(
  'Calendar',
  path('M3.500 5h13v11.500h-13zM3.500 8.500h13M7 3v3.500M13 3v3.500M7 12h.01M10 12h.01M13 12h.01'),
);
export const RefreshIcon = drawn('Refresh', path('M16.500 4v4h-4M16.200 8A6.700 6.700 0 1 0 16.700 11'));
export const RotateIcon = drawn(
  'Rotate',
  path(
    'M16.500 3.500v3.500H13M3.500 16.500V13H7M16 7A6.600 6.600 0 0 0 4 8.500M4 13a6.600 6.600 0 0 0 12-1.500M10 9v2.200',
  ),
);
export const MeasureIcon = drawn(
  'Measure',
  path('M3 5.500l1.500 1.500L7 4.500M3 14l1.500 1.500L7 13M10 6h7M10 14.500h7M10 10.200h7'),
);
export const UndoIcon = drawn('Undo', path('M7 4L3.500 7.500 7 11M3.500 7.500h8a4.500 4.500 0 0 1 0 9H7'));
export const TrashIcon = drawn(
  'Trash',
  path('M3.500 5.500h13M8 5.500V3.500h4v2M5 5.500l.8 11h8.400l.8-11M8.500 8.500v5M11.500 8.500v5'),
);
export const DownloadIcon = drawn('Download', path('M10 3v9.500M6 9l4 4 4-4M3.500 16.500h13'));
export const ScriptIcon = drawn('Script', path('M3 4h14v12H3zM6 8l2.500 2L6 12M10.500 12.500H14'));
export const DeepIcon = drawn('Deep', path('M3 5h14M5 9h10M7 13h6M10 13v4M8.500 15.500L10 17l1.500-1.500'));
export const SealIcon = drawn('Seal', path('M4.500 9h11v7.500h-11zM7 9V6.500a3 3 0 0 1 6 0V9M10 12v1.800'));
export const ArrowIcon = drawn('Arrow', path('M4 10h11.500M11 5.500l4.500 4.500-4.500 4.500'));
