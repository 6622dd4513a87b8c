import { createTheme, type MantineThemeComponents } from '@mantine/core';

import classes from './theme.module.css';

const input = { defaultProps: { inputWrapperOrder: ['label', 'description', 'input', 'error'], size: 'sm' } };
const dialogHeader = { defaultProps: { role: 'presentation' } };

// By name, not by component: what a page does not use is not loaded with the first one.
const components: MantineThemeComponents = {
  TextInput: input,
  PasswordInput: input,
  Textarea: input,
  NumberInput: input,
  NativeSelect: input,
  Button: { defaultProps: { size: 'sm' } },
  ActionIcon: { defaultProps: { variant: 'subtle', color: 'gray' } },
  Modal: {
    // The library would lock the page's scrolling by a style element, which the page's policy forbids: base.css does it.
    defaultProps: {
      lockScroll: false,
      centered: true,
      overlayProps: { backgroundOpacity: 0 },
      transitionProps: { duration: 120 },
      closeButtonProps: { 'aria-label': 'Close' },
    },
    classNames: classes,
  },
  // Else the title bar of a dialog would pass for the page's own banner.
  ModalHeader: dialogHeader,
  DrawerHeader: dialogHeader,
  Drawer: { defaultProps: { closeButtonProps: { 'aria-label': 'Close' } } },
  Tooltip: { defaultProps: { openDelay: 250, events: { hover: true, focus: true, touch: true } } },
};

/** Colours and type are text in tokens.css; here stands how the library's parts behave. */
export const theme = createTheme({
  primaryColor: 'blue',
  cursorType: 'pointer',
  focusRing: 'auto',
  defaultRadius: 'md',
  respectReducedMotion: true,
  components,
});
