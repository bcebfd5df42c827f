/**
 * Passwords that everybody tries first: our own compilation of well-known words, names, rows and phrases, in lower case.
 * Digits and signs at the end and letters written as digits are taken off before the comparison (`rules.ts`). They are
 * compiled into `common.filter` (`listed.ts`) together with a list that others keep.
 */
export const COMMON_PASSWORDS: ReadonlySet<string> = new Set(
  `password passwort passw0rd passwd parola senha contrasena motdepasse wachtwoord haslo kennwort katalaluan rahsia sandi
  pass secret secrets topsecret private hidden letmein letmeinnow openup opensesame sesame welcome welcomehome hello
  helloworld hellohello goodbye changeme changeit changemenow default example temp temporary test tester testing test123
  testtest demo guest user username login logon signin admin administrator administrador root toor superuser super
  supervisor sysadmin system manager operator service support master masterkey owner public internet network wireless
  router modem gateway server computer laptop desktop windows linux ubuntu android iphone apple google facebook youtube
  twitter instagram microsoft samsung huawei nokia motorola cisco netgear linksys dlink tplink xiaomi sony panasonic
  smarthome homehome myhome house housekey family familia keluarga mypassword mypass yourpassword thepassword nopassword
  password1 password12 password123 passpass adminadmin admin123 admin1234 root123 user123 guest123 welcome1 welcome123
  qwerty qwertyuiop qwertz azerty asdf asdfgh asdfghjkl zxcvbn zxcvbnm qazwsx qazwsxedc wsxedc edcrfv 1qaz2wsx 1q2w3e
  1q2w3e4r 1q2w3e4r5t q1w2e3 q1w2e3r4 zaq12wsx zaq1xsw2 123qwe qwe123 asd123 abc123 abcd1234 a1b2c3 a1b2c3d4 abcdef
  abcdefg abcdefgh 123456 1234567 12345678 123456789 1234567890 12345 1234 123123 123321 112233 121212 131313 111111
  000000 222222 333333 444444 555555 666666 777777 888888 999999 654321 7654321 87654321 987654321 0987654321 696969
  147258 147258369 159753 159357 789456 789456123 456789 101010 102030 232323 212121 100200 11223344 1111 0000 2000 2001
  iloveyou iloveu iloveme loveyou loveme lovely lover lovers love truelove mylove babygirl baby babyboy sweetheart
  sweetie honey honeybee darling sunshine sunflower sunny moonlight moon star stars starlight rainbow butterfly flower
  flowers rose roses lily jasmine daisy violet orchid princess prince queen king kingdom angel angels heaven devil
  demon diablo satan jesus jesuschrist christ blessed blessing church bible faith hope grace peace freedom liberty
  football soccer baseball basketball hockey tennis cricket rugby golf golfer swimmer runner racing racer ferrari
  porsche mercedes toyota honda yamaha suzuki kawasaki mustang camaro corvette harley jaguar audi bmw chevy ford
  liverpool chelsea arsenal everton barcelona realmadrid juventus manchester manutd united rangers celtic yankees
  cowboys steelers lakers bulls eagles packers raiders patriots tigers lions bears dolphins broncos redsox giants
  monkey monkeys dragon dragons tiger lion eagle falcon hawk wolf wolves bear panther cobra viper spider scorpion
  shark dolphin turtle rabbit bunny kitten kitty hellokitty pussycat puppy doggy dogs buddy rocky rex fido max bella
  charlie lucky shadow ginger pepper cookie cookies chocolate banana orange cherry strawberry peanut cheese coffee
  pizza hamburger butter sugar candy pumpkin pickle mango durian coconut apples lemon melon peaches cupcake brownie
  michael michelle jennifer jessica jordan jordan23 joshua matthew andrew daniel david robert william thomas george
  richard charles james john johnny joseph anthony nicholas alexander alex benjamin samuel nathan justin brandon
  tyler austin hunter hannah ashley amanda samantha nicole stephanie melissa elizabeth victoria natasha natalie
  sophie sophia olivia emma emily isabella maria martin patrick steven stephen kevin brian jason eric ronald ronaldo
  messi maradona beckham rooney neymar kobe lebron tigerwoods marlboro ahmad muhammad mohamed fatima ali hassan aminah
  batman superman spiderman ironman hulk joker robin wonderwoman avengers marvel starwars skywalker darthvader yoda
  jedi matrix trinity neo morpheus gandalf frodo hobbit mordor hogwarts harrypotter voldemort potter pokemon pikachu
  mario luigi zelda sonic minecraft roblox fortnite warcraft starcraft counterstrike callofduty doom quake halo xbox
  playstation nintendo gameboy gamer games gaming player player1 killer ninja samurai pirate warrior soldier hunter1
  sniper assassin hacker cracker phantom ghost mystery magic magician wizard witch merlin genius einstein newton
  trustno1 whatever nothing something anything everything nobody somebody forever always never blahblah whocares dunno
  access access14 security secure safe safety unlock locked keymaster matrix1 maverick cheater poopoo asshole fuckyou
  fuckme bitch bitches sexy sexygirl playboy hottie bigdaddy daddy mommy mother father sister brother grandma grandpa
  friend friends friendship bestfriend forever1 together happy happiness smile smiley summer winter spring autumn
  january february march april june july august september october november december monday friday saturday sunday
  summer2020 winter2020 spring2020 london paris berlin madrid newyork chicago boston dallas texas california florida
  malaysia kualalumpur penang johor melaka sabah sarawak selangor merdeka singapore jakarta indonesia bangkok thailand
  india mumbai china beijing japan tokyo korea seoul australia sydney canada toronto america england germany france
  italy brasil brazil mexico russia spain portugal poland metallica nirvana slipknot greenday linkinpark eminem beatles
  elvis rocknroll music guitar guitars drummer piano singer dancer dance party disco rock metal punk reggae jazz
  silver golden gold diamond platinum crystal emerald ruby sapphire purple yellow green blue red black white pink
  thunder lightning storm blizzard tornado hurricane tsunami volcano ocean river mountain forest island beach desert
  phoenix unicorn pegasus griffin titan titanic apollo zeus hercules athena venus mars saturn jupiter mercury pluto
  galaxy universe cosmos rocket astronaut nasa enterprise startrek spock voyager discovery challenger atlantis columbia
  camera lightbulb thermostat sensor doorbell babymonitor television livingroom bedroom kitchen garage garden office
  business company corporate money dollar dollars rich million millionaire billionaire casino poker lottery jackpot
  student teacher school college university library science physics chemistry biology history english computer1
  p@ssword p@ssw0rd pa55word passw0rd1 l3tm31n adm1n r00t qwerty1 qwerty12 qwerty123 qwerty1234 monkey1 dragon1
  sunshine1 princess1 football1 iloveyou1 charlie1 michael1 superman1 batman1 master1 shadow1 killer1 soccer1 jordan1
  correcthorsebatterystaple correcthorse batterystaple tobeornottobe maytheforce maytheforcebewithyou openthedoor`
    .split(/\s+/)
    .filter((word) => word !== ''),
);
