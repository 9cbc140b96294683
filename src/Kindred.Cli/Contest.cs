using System.Text.Json.Nodes;
using Kindred.Evaluation;
using Kindred.Models;
using Kindred.Pipelines;
using Kindred.Retrieval;
using Kindred.Splitting;

namespace Kindred.Cli;

/// <summary>How models are compared.</summary>
/// <param name="Metrics">All that are measured.</param>
/// <param name="Deciding">Name of the one that decides.</param>
/// <param name="Fallback">As when served: where a model has nothing to say, this one fills its list up; null: each model alone.</param>
internal sealed record ContestRules(IReadOnlyList<IMetric> Metrics, IMetric Deciding, ModelSpec? Fallback);

/// <summary>A model that took part.</summary>
internal sealed record Entrant(Training Training, Report Report)
{
    public string Name => Training.Spec.Name;

    /// <summary>Popularity is the same for everyone.</summary>
    public bool IsPersonal => Training.Spec.Trainer is not Popularity;
}

/// <summary>Models trained and measured on one holdout.</summary>
/// <param name="Entrants">In the order given; the first is popularity, the baseline.</param>
internal sealed record Contest(ContestRules Rules, IReadOnlyList<Entrant> Entrants, Leaderboard Leaderboard)
{
    /// <param name="specs">Popularity is put before them if it is not among them.</param>
    public static Contest Of(IReadOnlyList<ModelSpec> specs, Holdout holdout, ContestRules rules, Session session)
    {
        var baseline = session.Train(ModelSpec.Popularity, holdout.Train);
        var trainings = specs.Where(spec => spec.Name != ModelSpec.Popularity.Name).Select(spec => session.Train(spec, holdout.Train))
            .Prepend(baseline).ToArray();
        var fallback = rules.Fallback is { } spec
            ? (trainings.FirstOrDefault(t => t.Spec.Name == spec.Name) ?? session.Train(spec, holdout.Train)).Model.AsRecommender(spec.Name)
            : null;
        var options = new EvaluationOptions
        {
            Metrics = rules.Metrics,
            Seed = session.Seed,
            Workers = session.Workers,
            Cancellation = session.Cancellation
        };
        Entrant[] entrants = [.. trainings.Select(training =>
        {
            var alone = training.Model.AsRecommender();
            IRecommender recommender = fallback is null ? alone : new WithFallback(alone, fallback);
            return new Entrant(training, session.Activity.Run($"Measuring {training.Spec.Name}", ticker =>
                Evaluator.Evaluate(training.Spec.Name, recommender, holdout, options with { Progress = ticker })));
        })];
        var leaderboard = Leaderboard.Of(
            [.. entrants.Select(e => e.Report)], rules.Deciding.Name, baseline.Spec.Name, session.Workers, session.Cancellation);
        return new(rules, entrants, leaderboard);
    }

    /// <summary>In the leaderboard's order: best first.</summary>
    public IEnumerable<Entrant> Ranked => Leaderboard.Standings.Select(standing => Entrants.First(e => e.Report == standing.Report));

    public Entrant Winner => Entrants.First(e => e.Name == Leaderboard.Winner);

    /// <returns>How the model stands to the baseline, in a sentence.</returns>
    public string VerdictOf(string name) => Leaderboard.Standings.First(standing => standing.Report.Name == name).AgainstBaseline!.Verdict;

    /// <summary>For programs and files.</summary>
    public ContestReport ToReport(string dataset, string? fingerprint) => new(
        dataset, fingerprint, Entrants[0].Report.Protocol, Rules.Fallback?.Name, Leaderboard,
        [.. Ranked.Select(e => new EntrantReport(
            e.Name, TrainerCatalog.NameOf(e.Training.Spec.Trainer), TrainerCatalog.OptionsOf(e.Training.Spec.Trainer),
                e.Training.Context.Seed, Math.Round(e.Training.Time.TotalSeconds, 3)))]);
}

/// <summary>A contest as JSON.</summary>
/// <param name="Fingerprint">Of the data folder; null: the parts were provided as files.</param>
/// <param name="Fallback">The model that lists were filled up from; null: none.</param>
internal sealed record ContestReport(
    string Dataset, string? Fingerprint, string Protocol, string? Fallback, Leaderboard Leaderboard, IReadOnlyList<EntrantReport> Models);

/// <param name="Name">As in the leaderboard.</param>
/// <param name="Seconds">Training time.</param>
internal sealed record EntrantReport(string Name, string Trainer, JsonObject Options, int Seed, double Seconds);
