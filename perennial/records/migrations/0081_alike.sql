-- Which records are perhaps one: how names and numbers compare, and which pairs somebody has judged to be two.

-- A company's name without its legal form, blanks and marks; full width as half width.
CREATE FUNCTION records.plain_name(value text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT regexp_replace(replace(replace(replace(replace(
               regexp_replace(lower(normalize(left(value, 200), NFKC)), '[[:space:][:punct:]、。·]+', '', 'g'),
               '有限', ''), '责任', ''), '股份', ''), '公司', ''), '(coltd|ltd|limited|inc|corp|gmbh|llc)$', '')
$$;

-- The place that a name begins or ends with, without 省 and 市; NULL when it names none.
CREATE FUNCTION records.place_of(plain text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT coalesce(substring(plain FROM '^(?:中国)?(' || p || ')'), substring(plain FROM '(' || p || ')(?:省|市)?$'))
      FROM (VALUES ('北京|上海|天津|重庆|河北|山西|辽宁|吉林|黑龙江|江苏|浙江|安徽|福建|江西|山东|河南|湖北|湖南|广东|海南|四川|贵州|云南|陕西|甘肃|青海|台湾|内蒙古|广西|西藏|宁夏|新疆|香港|澳门|'
                 || '广州|深圳|杭州|南京|苏州|成都|武汉|西安|青岛|厦门|宁波|无锡|长沙|郑州|大连|济南|合肥|福州|昆明|沈阳|'
                 || '佛山|东莞|珠海|温州|常州|南通|石家庄|哈尔滨|长春|太原|南昌|南宁|贵阳|海口|兰州|泉州|烟台|嘉兴|绍兴')) v (p)
$$;

-- What tells one name from another: without the place wherever it stands, and without words that many names have. A name
-- that consists of nothing else stays as it is.
CREATE FUNCTION records.name_core(plain text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT CASE WHEN char_length(bare) > 1 THEN bare ELSE plain END
      FROM (SELECT regexp_replace(replace(plain, coalesce(records.place_of(plain), ' '), ''),
                   '^(省|市)|中国|集团|控股|科技|技术|信息|网络|软件|实业|贸易|商贸|发展', '', 'g') AS bare) b
$$;

-- A phone number, mail address or code as it is compared.
CREATE FUNCTION records.number_key(value text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT nullif(CASE WHEN strpos(value, '@') > 0 THEN lower(btrim(value))
                       ELSE regexp_replace(regexp_replace(upper(value), '[^0-9A-Z]', '', 'g'), '^(0?086|86)(?=\d{10,11}$)', '')
                  END, '')
$$;

-- How alike two names are, 0 to 100. One that stands whole in the other counts for 75: perhaps it is not typed to its end.
CREATE FUNCTION records.name_score(stored text, given text) RETURNS numeric
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT CASE WHEN p = q THEN 100 WHEN records.place_of(p) <> records.place_of(q) THEN 0.8 ELSE 1 END
           * CASE WHEN p = q THEN 1 ELSE greatest(
               90.0 * (SELECT 2.0 * count(*) FILTER (WHERE x = ANY (records.bigrams(d))) FROM unnest(records.bigrams(c)) x)
                    / nullif(cardinality(records.bigrams(c)) + cardinality(records.bigrams(d)), 0),
               CASE WHEN char_length(d) > 1 AND strpos(c, d) > 0 THEN 75 ELSE 0 END) END
      FROM (SELECT p, q, records.name_core(p) AS c, records.name_core(q) AS d
              FROM (SELECT records.plain_name(stored) AS p, records.plain_name(given) AS q) n) m
$$;

-- Pairs that somebody has judged to be two.
CREATE TABLE records.different (
    form  text NOT NULL,
    one   bigint NOT NULL,
    other bigint NOT NULL,
    by    bigint,
    at    timestamptz NOT NULL DEFAULT kernel.now(),
    PRIMARY KEY (form, one, other),
    CHECK (one < other)
);
