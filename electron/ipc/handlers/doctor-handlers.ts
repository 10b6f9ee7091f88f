import type { Handlers } from '../contract.ts';
import type { DoctorDesk } from '../doctor/doctor-desk.ts';

type DoctorCommands = Extract<keyof Handlers, `doctor.${string}`>;

export function doctorHandlers(doctor: DoctorDesk): Pick<Handlers, DoctorCommands> {
  return {
    'doctor.get': () => Promise.resolve({ doctor: doctor.snapshot }),
    'doctor.look': (request) => {
      doctor.look(request);
      return Promise.resolve({});
    },
    'doctor.act': (request) => {
      doctor.act(request);
      return Promise.resolve({});
    },
    'doctor.stop': ({ visitId }) => {
      doctor.stop(visitId);
      return Promise.resolve({});
    },
  };
}
