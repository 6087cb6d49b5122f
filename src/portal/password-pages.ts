// A new password in the area, by whoever knows the present one. Nothing that was typed comes back.
import type { Area } from './area.ts';

const path = '/account/password';

/** Adds the page. */
export function addPasswordPages(area: Area): void {
  area.page(path, async () => ({ view: 'account-password', title: 'password.title' }));
  area.form(path, { page: path }, async ({ api, fields }) => {
    const { current_password: current = '', new_password: wished = '', confirm_password: confirm = '' } = fields;
    await api({ method: 'POST', path: '/account/v1/me/password', body: { current, new: wished, confirm } });
    return `${path}?done=changed`;
  });
}
