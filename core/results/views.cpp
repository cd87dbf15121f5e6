#include "results/schema.h"

namespace assay::results {

// Scripts rely on names and order of these columns; docs/results-database.md describes them.
const char* const kViews = R"sql(
CREATE VIEW leaderboard (run_id, experiment, dataset, fold, variant, stage, metric, cutoff, slice,
    mean, ci_low, ci_high, sd_over_seeds, seeds, requests, excluded_requests, unit,
    higher_is_better, definition, status) AS
WITH
  state AS (  -- how the trials of a variant ended, fold by fold and over all folds
    SELECT l.variant_id, l.dataset, l.fold,
           CASE WHEN sum(t.status = 'done') = count(*) THEN 'done'
                WHEN sum(t.status = 'done') > 0 THEN 'partial'
                WHEN sum(t.status = 'failed') > 0 THEN 'failed'
                ELSE 'missing' END AS status
    FROM (SELECT variant_id, dataset, fold, trial_key FROM run_trial
          UNION SELECT variant_id, dataset, 'all', trial_key FROM run_trial) AS l
    JOIN trial AS t USING (trial_key)
    GROUP BY l.variant_id, l.dataset, l.fold),
  line AS (
    SELECT variant_id, dataset, fold, stage, definition, cutoff, slice, mean, ci_low, ci_high,
           sd_over_seeds, seeds, requests, excluded_requests
    FROM summary
    UNION ALL  -- a variant without any number (failed, not yet run) is a row too
    SELECT DISTINCT l.variant_id, l.dataset, l.fold, 'served', r.primary_definition,
           r.primary_cutoff, 'all', NULL, NULL, NULL, NULL, NULL, NULL, NULL
    FROM run_trial AS l JOIN run AS r USING (run_id)
    WHERE NOT EXISTS (SELECT 1 FROM summary AS s WHERE s.variant_id = l.variant_id
                      AND s.dataset = l.dataset AND s.fold IN (l.fold, 'all')))
SELECT v.run_id, r.experiment, x.dataset, x.fold, v.name, x.stage, coalesce(m.name, x.definition),
       nullif(x.cutoff, 0), x.slice, x.mean, x.ci_low, x.ci_high, x.sd_over_seeds, x.seeds,
       x.requests, x.excluded_requests, m.unit, m.higher_is_better, x.definition,
       coalesce(s.status, 'missing')
FROM line AS x
JOIN variant AS v USING (variant_id)
JOIN run AS r USING (run_id)
LEFT JOIN metric AS m USING (definition)
LEFT JOIN state AS s
  ON s.variant_id = x.variant_id AND s.dataset = x.dataset AND s.fold = x.fold;

CREATE VIEW comparisons (run_id, experiment, dataset, fold, baseline, variant, stage, metric,
    cutoff, slice, scenario, quantile, difference, relative, ci_low, ci_high, p, p_adjusted,
    method, correction, family, n, minimum_detectable_effect, verdict, reason, family_size,
    needed) AS
SELECT v.run_id, r.experiment, c.dataset, c.fold, b.name, v.name, c.stage, m.name,
       nullif(c.cutoff, 0), c.slice, c.scenario, c.quantile, c.difference, c.relative, c.ci_low,
       c.ci_high, c.p, c.p_adjusted, c.method, c.correction, c.family, c.n,
       c.minimum_detectable_effect, c.verdict, c.reason, c.family_size, c.needed
FROM comparison AS c
JOIN variant AS v ON v.variant_id = c.variant_id
JOIN variant AS b ON b.variant_id = c.baseline_id
JOIN run AS r ON r.run_id = v.run_id
JOIN metric AS m USING (definition);

CREATE VIEW unknown_requests (run_id, experiment, dataset, fold, variant, seed, place, plugin,
    unknown, requests) AS
SELECT l.run_id, r.experiment, l.dataset, l.fold, v.name, l.seed, u.place, s.plugin, sum(u.count),
       t.requests
FROM unknown_request AS u
JOIN run_trial AS l USING (trial_key)
JOIN trial AS t USING (trial_key)
JOIN variant AS v USING (variant_id)
JOIN run AS r ON r.run_id = l.run_id
LEFT JOIN stage AS s ON s.variant_id = l.variant_id AND s.place = u.place
WHERE t.status = 'done'
GROUP BY l.rowid, u.place;

CREATE VIEW stage_loss (run_id, experiment, dataset, fold, variant, seed, stage, cutoff, relevant,
    kept, lost) AS
SELECT l.run_id, r.experiment, l.dataset, l.fold, v.name, l.seed, c.stage, nullif(c.cutoff, 0),
       c.relevant, c.kept, c.relevant - c.kept
FROM stage_count AS c
JOIN run_trial AS l USING (trial_key)
JOIN variant AS v USING (variant_id)
JOIN run AS r ON r.run_id = l.run_id;

CREATE VIEW latency_summary (run_id, experiment, dataset, fold, variant, seed, scenario, stage,
    quantile, ms, ci_low_ms, ci_high_ms, requests, offered_qps, achieved_qps, degraded, reason) AS
SELECT v.run_id, r.experiment, q.dataset, q.fold, v.name, q.seed, q.scenario, q.stage, q.quantile,
       q.ms, q.ci_low_ms, q.ci_high_ms, q.requests, q.offered_qps, q.achieved_qps, q.degraded,
       q.reason
FROM latency_quantile AS q
JOIN variant AS v USING (variant_id)
JOIN run AS r USING (run_id);

CREATE VIEW load_counts (run_id, experiment, dataset, fold, variant, seed, scenario, kind, count,
    requests) AS
WITH
  line AS (
    SELECT l.run_id, l.dataset, l.fold, x.timing_key, x.scenario, l.variant_id, count(*) AS rounds,
           max(x.latency_id) AS last
    FROM latency AS x JOIN run_trial AS l USING (trial_key) JOIN variant AS v USING (variant_id)
    WHERE x.stage = 'served' AND x.role = 'normal' AND x.serving IN ('', v.serving)
    GROUP BY 1, 2, 3, 4, 5, 6),
  scenario AS (
    SELECT run_id, dataset, fold, timing_key, scenario, count(*) AS variants,
           min(rounds) = max(rounds) AS even, max(last) AS last
    FROM line GROUP BY 1, 2, 3, 4, 5),
  pass AS (  -- place 1 is the pass that latency_summary is of
    SELECT run_id, dataset, fold, timing_key,
           row_number() OVER (PARTITION BY run_id, dataset, fold
                              ORDER BY min(variants) DESC, min(even) DESC, max(last) DESC) AS place
    FROM scenario GROUP BY 1, 2, 3, 4)
SELECT l.run_id, r.experiment, l.dataset, l.fold, v.name, l.seed, c.scenario, c.kind,
       sum(c.count), sum(a.count)
FROM load_count AS c
JOIN load_count AS a USING (timing_key, trial_key, scenario, serving, round, role)
JOIN run_trial AS l USING (trial_key)
JOIN variant AS v USING (variant_id)
JOIN run AS r ON r.run_id = l.run_id
JOIN pass AS p ON p.run_id = l.run_id AND p.dataset = l.dataset AND p.fold = l.fold
  AND p.timing_key = c.timing_key AND p.place = 1
WHERE a.kind = 'arrived' AND c.kind <> 'arrived' AND c.role = 'normal' AND v.serving = c.serving
GROUP BY l.run_id, l.dataset, l.fold, l.variant_id, l.seed, c.scenario, c.kind;

CREATE VIEW resources (run_id, experiment, dataset, fold, variant, seed, phase, name, samples, mean,
    most, reason) AS
SELECT l.run_id, r.experiment, l.dataset, l.fold, v.name, l.seed, s.phase, s.name, count(s.value),
       avg(s.value), max(s.value), CASE WHEN count(s.value) = 0 THEN max(s.reason) END
FROM resource_sample AS s
JOIN run_trial AS l USING (trial_key)
JOIN variant AS v USING (variant_id)
JOIN run AS r ON r.run_id = l.run_id
GROUP BY l.run_id, l.dataset, l.fold, l.variant_id, l.seed, s.phase, s.name;

CREATE VIEW learning_curves (run_id, experiment, dataset, fold, variant, seed, place, plugin, curve,
    step, value) AS
SELECT l.run_id, r.experiment, l.dataset, l.fold, v.name, l.seed, t.place, a.plugin, c.name, c.step,
       c.value
FROM fit_curve AS c
JOIN artifact AS a USING (artifact_key)
JOIN trial_artifact AS t USING (artifact_key)
JOIN run_trial AS l USING (trial_key)
JOIN variant AS v USING (variant_id)
JOIN run AS r ON r.run_id = l.run_id;

CREATE VIEW validation_metrics (run_id, experiment, dataset, fold, variant, seed, place, plugin,
    metric, cutoff, value, requests, definition) AS
SELECT l.run_id, r.experiment, l.dataset, l.fold, v.name, l.seed, t.place, a.plugin,
       coalesce(m.name, f.definition), nullif(f.cutoff, 0), f.value, f.requests, f.definition
FROM fit_value AS f
JOIN artifact AS a USING (artifact_key)
JOIN trial_artifact AS t USING (artifact_key)
JOIN run_trial AS l USING (trial_key)
JOIN variant AS v USING (variant_id)
JOIN run AS r ON r.run_id = l.run_id
LEFT JOIN metric AS m USING (definition);

CREATE VIEW tuning_trials (run_id, experiment, dataset, variant, method, trial, rung, status,
    metric, cutoff, value, best, requests, seconds, total_seconds, chosen, params, reason) AS
SELECT u.run_id, r.experiment, u.dataset, u.variant, u.method, t.number, t.rung, t.status,
       coalesce(m.name, u.definition), nullif(u.cutoff, 0), t.value,
       CASE WHEN coalesce(m.higher_is_better, 1) THEN max(t.value) OVER so_far
            ELSE min(t.value) OVER so_far END,
       t.requests, t.seconds, sum(t.seconds) OVER so_far, t.number = u.chosen, t.params,
       nullif(t.reason, '')
FROM run_tuning AS u
JOIN tuning_trial AS t USING (tuning_id)
JOIN run AS r USING (run_id)
LEFT JOIN metric AS m USING (definition)
WINDOW so_far AS (PARTITION BY u.run_id, u.dataset, u.variant ORDER BY t.rowid);

CREATE VIEW policy_values (run_id, experiment, dataset, fold, variant, policy, estimator, value,
    standard_error, ci_low, ci_high, interval, intervals, parameters, rows, effective_rows,
    largest_weight, mean_weight, outside_support, reason, note) AS
SELECT v.run_id, r.experiment, p.dataset, p.fold, v.name, y.policy, p.estimator, p.value,
       p.standard_error, p.ci_low, p.ci_high, p.interval, p.intervals, p.parameters, p.count,
       p.effective_rows, p.largest_weight, p.mean_weight, p.outside_support, p.reason, p.note
FROM policy_value AS p
JOIN variant AS v USING (variant_id)
JOIN run AS r ON r.run_id = v.run_id
LEFT JOIN variant_policy AS y ON y.variant_id = p.variant_id;

CREATE VIEW loop_days (run_id, experiment, dataset, variant, day, measure, requests, value,
    difference, ci_low, ci_high, reason) AS
SELECT v.run_id, r.experiment, d.dataset, v.name, d.day, d.measure, d.requests, d.value,
       d.difference, d.ci_low, d.ci_high, d.reason
FROM loop_day AS d
JOIN variant AS v USING (variant_id)
JOIN run AS r ON r.run_id = v.run_id;

CREATE VIEW attributions (run_id, experiment, of_run, dataset, from_variant, to_variant, metric,
    cutoff, kind, part, value, share, ci_low, ci_high, first, last, n, method, reason) AS
SELECT a.run_id, r.experiment, a.of_run, x.dataset, a.from_variant, a.to_variant, m.name,
       nullif(x.cutoff, 0), x.kind, nullif(x.name, ''), x.value,
       CASE WHEN x.kind = 'part' AND (t.ci_low > 0 OR t.ci_high < 0 OR (t.ci_low IS NULL AND
            abs(t.value) > t.noise_floor)) THEN x.value / t.value END, x.ci_low, x.ci_high,
       x.first, x.last, x.n, x.method, nullif(x.reason, '')
FROM attribution_value AS x
JOIN attribution AS a USING (run_id)
JOIN run AS r USING (run_id)
LEFT JOIN metric AS m USING (definition)
LEFT JOIN attribution_value AS t
  ON t.run_id = x.run_id AND t.dataset = x.dataset AND t.definition = x.definition
 AND t.cutoff = x.cutoff AND t.kind = 'total';

CREATE VIEW failures (run_id, experiment, dataset, fold, variant, seed, stage, plugin, batch, kind,
    reason) AS
SELECT l.run_id, r.experiment, l.dataset, l.fold, v.name, l.seed, nullif(f.stage, ''),
       nullif(f.plugin, ''), f.batch, f.kind, f.reason
FROM failure AS f
JOIN trial AS t USING (trial_key)
JOIN run_trial AS l USING (trial_key)
JOIN variant AS v USING (variant_id)
JOIN run AS r ON r.run_id = l.run_id
WHERE CASE WHEN f.task LIKE 'policy:%' THEN EXISTS (SELECT 1 FROM variant_policy AS y WHERE
        y.variant_id = v.variant_id AND f.task = 'policy:' || y.policy)
      ELSE t.status <> 'done' OR f.task IN ('score', 'time') END;  -- a later attempt may have gone well
)sql";

}  // namespace assay::results
