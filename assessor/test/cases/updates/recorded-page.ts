/** What is recorded of the page of updates on which nothing is offered. */
export const PAGE = {
  read: true,
  version: '1.0.0',
  lastCheck: '',
  checkedAt: '',
  supportEnd: '',
  offered: '',
  risks: '',
  downtime: '',
  begins: '',
  beginsAt: '',
  ended: '',
  choices: {},
};
