// How expressions name series, with the selectors of _config.
function(config) {
  local braces(matchers) =
    local given = std.filter(function(matcher) matcher != '', matchers);
    if given == [] then '' else '{' + std.join(',', given) + '}',

  // A series of the exporter, by its name without the prefix `ocsp_staple_`.
  series(name, matcher=''):: 'ocsp_staple_' + name + braces([config.selector, matcher]),

  // The same with only the labels of its endpoint.
  without(label, name, matcher=''):: 'max without (%s) (%s)' % [label, self.series(name, matcher)],

  // Whether scrapes of ours succeed: with target="" those of exporters, with target!="" those of /probe.
  up(matcher=''):: 'up' + braces([config.upSelector, matcher]),
}
