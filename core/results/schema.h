#pragma once

namespace assay::results {

/// SQL of schema version 1, in the order in which it is run.
extern const char* const kSchemaV1Runs;
extern const char* const kSchemaV1Trials;
extern const char* const kSchemaV1Analysis;

/// Later steps, each with its name.
extern const char* const kSchemaDataDescription;
/// Timing under load: how a variant is hosted, what became of requests, resources that cannot be
/// read.
extern const char* const kSchemaLoad;
/// Labels of users and items, by which slices are made.
extern const char* const kSchemaLabels;
/// A fold for each row of data_source, audit and data_removed.
extern const char* const kSchemaDataFolds;
/// Lists of every stage, and explanations, for a sample of the requests.
extern const char* const kSchemaStageSample;
/// Outside ids of requests, some requests a row.
extern const char* const kSchemaRequestUsers;
/// How the plugins of a run were built, and what their last check found.
extern const char* const kSchemaPluginState;
/// Curves of fits, what they reached on the validation window, and what memory they took.
extern const char* const kSchemaFitCurve;
/// Requests that recall stages do not know.
extern const char* const kSchemaUnknownRequests;
/// What else the machine did while a round was timed.
extern const char* const kSchemaDisturbance;
/// By which rules a run was judged, and which evaluations of its test windows are known.
extern const char* const kSchemaJudgement;
/// Trials of tunings, and what runs took from them.
extern const char* const kSchemaTuning;
/// Which process makes a run.
extern const char* const kSchemaRunProcess;
/// Policies on logged requests: what they do, and what is estimated from it.
extern const char* const kSchemaPolicy;
/// What policies really earn, of simulated logs: policy_truth, world.
extern const char* const kSchemaPolicyTruth;
/// Variants that learn from a changed log, and what attacks did.
extern const char* const kSchemaAttack;
/// Runs of mixed pipelines, and what each stage earned.
extern const char* const kSchemaAttribution;
/// What the harness found when it checked itself.
extern const char* const kSchemaSelfCheck;
/// Lists without an item of the history, who asked, and names of features in explanations.
extern const char* const kSchemaExplained;
extern const char* const kSchemaPolicyOverlap;
/// Columns of logged rows by models that depend on the policy that is judged.
extern const char* const kSchemaPolicyModels;
/// What variants earned and showed on the days of a loop.
extern const char* const kSchemaLoop;

/// SQL that writes the views anew; run after every migration, so that a view is changed by editing
/// it.
extern const char* const kViews;

}  // namespace assay::results
