/**
 * @typedef {object} Place
 * @property {string} state
 * @property {string} region the sales region as the Superstore table draws it
 * @property {number} share orders per 10,000
 * @property {'none' | 'some' | 'deep'} discounts how freely discounts are given there
 * @property {number} postalBase first postal code handed out; each city gets the next hundred
 * @property {readonly string[]} cities most orders first
 */

/** @type {(region: string, rows: readonly string[]) => Place[]} */
const places = (region, rows) =>
  rows.map((row) => {
    const [state, share, discounts, postalBase, cities] = row.split('|').map((part) => part.trim());
    return {
      state,
      region,
      share: Number(share),
      discounts: /** @type {Place['discounts']} */ (discounts),
      postalBase: Number(postalBase),
      cities: cities.split(', '),
    };
  });

/** State | orders per 10,000 | discounts | postal base | cities. */
export const PLACES = [
  ...places('West', [
    'California | 2000 | some | 90000 | Los Angeles, San Francisco, San Diego, San Jose, Sacramento, Fresno, Oakland',
    'Washington | 505 | some | 98000 | Seattle, Tacoma, Spokane, Bellevue',
    'Arizona | 225 | deep | 85000 | Phoenix, Tucson, Mesa, Scottsdale',
    'Colorado | 180 | deep | 80000 | Denver, Colorado Springs, Aurora, Boulder',
    'Oregon | 125 | deep | 97000 | Portland, Salem, Eugene',
    'Utah | 55 | some | 84000 | Salt Lake City, Provo, Ogden',
    'Nevada | 40 | some | 89000 | Las Vegas, Reno',
    'New Mexico | 37 | some | 87000 | Albuquerque, Santa Fe',
    'Idaho | 21 | some | 83600 | Boise, Nampa',
    'Montana | 15 | some | 59000 | Billings, Missoula',
    'Wyoming | 4 | some | 82000 | Cheyenne',
  ]),
  ...places('East', [
    'New York | 1130 | some | 10000 | New York City, Buffalo, Rochester, Yonkers, Syracuse',
    'Pennsylvania | 590 | deep | 19000 | Philadelphia, Pittsburgh, Allentown, Erie',
    'Ohio | 470 | deep | 43000 | Columbus, Cleveland, Cincinnati, Toledo',
    'Massachusetts | 135 | none | 2100 | Boston, Worcester, Springfield',
    'New Jersey | 130 | none | 7000 | Newark, Jersey City, Paterson',
    'Maryland | 105 | none | 21000 | Baltimore, Columbia, Rockville',
    'Delaware | 95 | none | 19700 | Wilmington, Dover',
    'Connecticut | 80 | none | 6000 | Hartford, New Haven, Stamford',
    'Rhode Island | 56 | none | 2800 | Providence, Warwick',
    'New Hampshire | 27 | none | 3000 | Manchester, Nashua',
    'Vermont | 11 | none | 5400 | Burlington',
    'District of Columbia | 10 | none | 20000 | Washington',
    'Maine | 8 | none | 4100 | Portland, Bangor',
    'West Virginia | 6 | some | 25300 | Charleston',
  ]),
  ...places('Central', [
    'Texas | 985 | deep | 75000 | Houston, Dallas, San Antonio, Austin, Fort Worth, El Paso',
    'Illinois | 490 | deep | 60000 | Chicago, Aurora, Naperville, Peoria',
    'Michigan | 255 | none | 48000 | Detroit, Grand Rapids, Lansing',
    'Indiana | 150 | none | 46000 | Indianapolis, Fort Wayne, Evansville',
    'Wisconsin | 110 | none | 53000 | Milwaukee, Madison, Green Bay',
    'Minnesota | 90 | none | 55000 | Minneapolis, Saint Paul, Rochester',
    'Missouri | 66 | none | 63000 | Saint Louis, Kansas City, Springfield',
    'Oklahoma | 66 | none | 73000 | Oklahoma City, Tulsa',
    'Nebraska | 38 | none | 68000 | Omaha, Lincoln',
    'Iowa | 30 | none | 50000 | Des Moines, Cedar Rapids',
    'Kansas | 24 | none | 66000 | Wichita, Topeka',
    'South Dakota | 12 | none | 57000 | Sioux Falls, Rapid City',
    'North Dakota | 7 | none | 58000 | Fargo, Bismarck',
  ]),
  ...places('South', [
    'Florida | 385 | deep | 32000 | Jacksonville, Miami, Tampa, Orlando',
    'North Carolina | 250 | deep | 27000 | Charlotte, Raleigh, Greensboro',
    'Virginia | 225 | none | 22000 | Virginia Beach, Norfolk, Richmond',
    'Georgia | 185 | none | 30000 | Atlanta, Augusta, Savannah',
    'Tennessee | 183 | deep | 37000 | Nashville, Memphis, Knoxville',
    'Kentucky | 140 | none | 40000 | Louisville, Lexington',
    'Alabama | 61 | none | 35000 | Birmingham, Mobile, Montgomery',
    'Arkansas | 60 | none | 72000 | Little Rock, Fayetteville',
    'Mississippi | 53 | none | 39000 | Jackson, Gulfport',
    'South Carolina | 42 | none | 29000 | Charleston, Columbia',
    'Louisiana | 42 | none | 70000 | New Orleans, Baton Rouge',
  ]),
];
