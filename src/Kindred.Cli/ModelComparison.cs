using Kindred.Comparison;
using Kindred.Data;
using Kindred.Evaluation;
using Kindred.Models;
using Kindred.Pipelines;
using Kindred.Retrieval;
using Kindred.Splitting;

namespace Kindred.Cli;

/// <summary>A model that took part.</summary>
internal sealed record ComparedModel(Training Training, EvaluationReport Report)
{
    public string Name => Training.Spec.Name;

    /// <summary>Popularity is the same for everyone.</summary>
    public bool IsPersonal => Training.Spec.Trainer is not Popularity;
}

/// <summary>Models trained and measured on one holdout.</summary>
/// <param name="Entrants">In the order given; the first is popularity, the baseline.</param>
internal sealed record ModelComparison(ComparisonOptions Rules, IReadOnlyList<ComparedModel> Entrants, Leaderboard Leaderboard)
{
    /// <param name="specs">Popularity is put before them if it is not among them.</param>
    public static ModelComparison Of(
        IReadOnlyList<ModelSpec> specs, Holdout holdout, ComparisonOptions rules, CommandContext session, Attributes? attributes = null)
    {
        var options = rules.OptionsFor(holdout, attributes ?? Attributes.None, session);
        var baseline = session.Train(ModelSpec.Popularity, holdout.Train);
        var trainings = specs.Where(spec => spec.Name != ModelSpec.Popularity.Name).Select(spec => session.Train(spec, holdout.Train))
            .Prepend(baseline).ToArray();
        var fallback = rules.Fallback is { } spec
            ? (trainings.FirstOrDefault(t => t.Spec.Name == spec.Name) ?? session.Train(spec, holdout.Train)).Model.AsRecommender(spec.Name)
            : null;
        var negatives = rules.SampledNegatives is { } count ? SampledNegatives.Draw(holdout, count, session.Seed) : null;
        ComparedModel[] entrants = [.. trainings.Select(training =>
        {
            var alone = training.Model.AsRecommender();
            IRecommender recommender = fallback is null ? alone : new WithFallback(alone, fallback);
            string name = training.Spec.Name;
            return new ComparedModel(training, session.Activity.Run($"Measuring {name}", ticker => negatives is null
                ? Evaluator.Evaluate(name, recommender, holdout, options with { Progress = ticker })
                : SampledEvaluator.Evaluate(name, training.Model, holdout, negatives, options with { Progress = ticker, PairGroupings = [] })));
        })];
        var leaderboard = Leaderboard.Of(
            [.. entrants.Select(e => e.Report)], entrants[0].Report.Segments[0].Estimates[0].Metric, baseline.Spec.Name, session.Workers,
            session.Cancellation);
        return new(rules, entrants, leaderboard);
    }

    /// <summary>In the leaderboard's order: best first.</summary>
    public IEnumerable<ComparedModel> Ranked => Leaderboard.Standings.Select(standing => Entrants.First(e => e.Report == standing.Report));

    public ComparedModel Winner => Entrants.First(e => e.Name == Leaderboard.Winner);

    /// <returns>How the model stands to the baseline, in a sentence.</returns>
    public string VerdictOf(string name) => Leaderboard.Standings.First(standing => standing.Report.Name == name).AgainstBaseline!.Verdict;

    /// <summary>For programs and files.</summary>
    /// <param name="profile">Of the whole data.</param>
    public ExperimentReport ToReport(string dataset, string? fingerprint, DataProfile? profile = null) => new()
    {
        Dataset = dataset,
        Fingerprint = fingerprint,
        Command = CommandText.Text,
        Created = DateTimeOffset.UtcNow,
        Profile = profile,
        Protocol = Entrants[0].Report.Protocol,
        Fallback = Rules.Fallback?.Name,
        Leaderboard = Leaderboard,
        Models = [.. Ranked.Select(e => new ModelReport(
            e.Name, e.Training.Spec.Trainer.Summary.Name, TrainerOptions.Of(e.Training.Spec.Trainer),
            e.Training.Context.Seed, Math.Round(e.Training.Time.TotalSeconds, 3), e.Training.LearningCurve))],
    };
}
