import type { Declaration } from '@hearthward/product';

/** What each function does, in Malay: people read it where they give somebody a role. */
const MALAY: Readonly<Record<string, string>> = {
  home: 'Halaman utama: apa yang hab lakukan sekarang',
  status: 'Apa yang hab lakukan sekarang, sebagai data',
  'set-lamp': 'Menghidupkan atau mematikan lampu',
  'set-target': 'Menetapkan suhu sasaran dalam darjah Celsius',
  'set-name': 'Menamakan hab',
  'set-chime': 'Menerima bunyi untuk pintu: fail WAV paling lama lima saat',
  'change-password': 'Menukar kata laluan akaun',
  'read-security': 'Cara log masuk akaun: kata laluan, aplikasi, kunci laluan, kod pemulihan',
  'begin-code': 'Membuat rahsia untuk aplikasi pengesah; berkuat kuasa selepas satu kodnya diberikan',
  'confirm-code': 'Menguatkuasakan aplikasi yang menunjukkan kod yang betul',
  'remove-code': 'Membuang aplikasi',
  'begin-passkey': 'Meminta kunci laluan baharu daripada pelayar',
  'confirm-passkey': 'Menguatkuasakan kunci laluan yang dibuat oleh pelayar',
  'remove-passkey': 'Membuang kunci laluan',
  'renew-recovery-codes': 'Membuat sepuluh kod pemulihan baharu; kod sebelumnya tidak membuka apa-apa lagi',
  'read-safety': 'Model, nombor siri, versi perisian, tempoh sokongan, dan sama ada persediaan selamat',
  'read-events': 'Peristiwa keselamatan, yang terbaharu dahulu, sebagai data',
  'read-privacy': 'Apa yang dikesan, apa yang keluar dari rumah, dan pilihan yang dibuat',
  'set-sharing': 'Memberi atau menarik balik persetujuan untuk tujuan pilihan',
  'erase-my-data': 'Memadam data seseorang daripada hab, pengeluar dan pihak yang memprosesnya; hab kekal tersedia',
  'keep-my-data': 'Menarik balik pemadaman selagi boleh',
  'export-my-data': 'Data seseorang pada hab, sebagai data',
  'export-my-table': 'Data seseorang pada hab, sebagai jadual',
  'read-receipts': 'Apa yang dibenarkan dan ditarik balik oleh seseorang, untuk dicetak',
  'read-leaving': 'Apa yang perlu dibuat apabila hab bertukar tangan, dan apa yang boleh disemak oleh orang seterusnya',
  'make-account-code': 'Membuat kod untuk membuka data seseorang pada pengeluar, dan menunjukkannya sekali',
  'use-account-code': 'Mengaitkan data seseorang dengan kod yang sudah ada',
  'set-resident': 'Menyatakan siapa yang tinggal dengan hab: mereka menentukan perkara yang dikongsi isi rumah',
  'set-remote-management':
    'Membenarkan sokongan pengeluar bertindak pada hab selama sejam atau sehari, atau menamatkannya',
  'set-log-server': 'Menghantar log juga ke pelayan pemilik, atau menamatkannya',
  'renew-keys':
    'Membuat kunci baharu untuk apa yang hab simpan, halaman webnya atau sambungannya, dan menunjukkan cara mengenalinya',
  'check-integrity': 'Mengesahkan perisian dan konfigurasi serta-merta, dan menyatakan apa yang ditemui',
  'check-setup': 'Meminta pengeluar menyemak sama ada hab disediakan dengan selamat, dan menunjukkan jawapannya',
  'read-setup-check': 'Apa yang hab temui tentang persediaannya, dan apa yang terakhir dikatakan pengeluar',
  'end-quarantine':
    'Menyambung semula hab yang diputuskan sambungannya demi keselamatan, atau menyatakan bahawa pemilik tahu siapa membukanya',
  'read-updates': 'Apa yang hab jalankan, apa yang baharu, risiko yang hilang dengannya, dan apa yang berlaku sendiri',
  'check-updates': 'Mencari kemas kini sekarang',
  'apply-update': 'Memasang kemas kini yang ditunjukkan',
  'postpone-update': 'Menangguhkan kemas kini selama beberapa jam atau hari',
  'choose-updates': 'Menentukan bagi setiap jenis kemas kini sama ada ia dipasang tanpa bertanya, dan diberitahu',
  'factory-reset': 'Memadam semua yang dimasukkan orang ke dalam hab',
  'list-accounts': 'Siapa yang mempunyai akaun, dalam peranan apa, dan siapa yang sedang log masuk',
  'add-account': 'Menambah akaun, dengan kata laluan untuk log masuk pertama sahaja',
  'remove-account': 'Membuang akaun, dan menamatkan semua log masuknya',
  'change-role': 'Memberi akaun peranan lain',
  'set-pin': 'Menjadikan akaun milik kanak-kanak, dan memberinya PIN',
  'lock-pin': 'Menentukan sama ada kanak-kanak boleh menukar PIN sendiri',
  'end-sessions': 'Menamatkan semua sesi kecuali sesi sendiri',
};

export const inMalayToo = (functions: Declaration['externalFunctions']): Declaration['externalFunctions'] =>
  functions.map((each) => {
    const ms = MALAY[each.id];
    return ms === undefined ? each : { ...each, description: { ...each.description, ms } };
  });

/** What the tables have in English alone and people read: the notice, the guides, the ways to delete. */
export const translations: NonNullable<Declaration['translations']> = {
  ms: {
    'home automation gateway': 'get laluan automasi rumah',
    identification: 'pengenalan diri',
    'household measurement': 'ukuran di rumah',
    usage: 'penggunaan',
    'the hub itself': 'hab itu sendiri',
    'asked at set-up, off until switched on': 'ditanya semasa persediaan; tidak aktif sehingga dihidupkan',
    'switched off on the privacy page at any time; nothing is sent from then on':
      'dimatikan pada halaman privasi pada bila-bila masa; selepas itu tiada apa-apa dihantar',
    'the hub starts at its first set-up page again and asks for the password on the label':
      'hab bermula semula pada halaman persediaan pertama dan meminta kata laluan pada label',
    'the page on privacy shows each place, and a confirmation that the manufacturer has signed':
      'halaman privasi menunjukkan setiap tempat, dan pengesahan yang ditandatangani oleh pengeluar',
    'any that holds the rules': 'mana-mana yang mematuhi peraturan',
    'none: it must be chosen': 'tiada: ia mesti dipilih',
    'the password on the label no longer opens the hub': 'kata laluan pada label tidak lagi membuka hab',
    on: 'hidup',
    off: 'mati',
    'none; while off, no usage statistics leave the home':
      'tiada; selagi dimatikan, tiada statistik penggunaan keluar dari rumah',
  },
};
