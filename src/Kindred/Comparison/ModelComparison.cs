using Kindred.Comparison;
using Kindred.Evaluation;
using Kindred.Models;
using Kindred.Pipelines;
using Kindred.Retrieval;
using Kindred.Splitting;

namespace Kindred;

/// <summary>A model that was compared.</summary>
/// <param name="Trained">On the training part.</param>
/// <param name="AgainstBaseline">Null: it is the baseline.</param>
public sealed record ComparedModel(ModelSpec Spec, TrainedModel Trained, EvaluationReport Report, PairedComparison? AgainstBaseline)
{
    public string Name => Spec.Name;

    /// <summary>How it compares with the baseline, in a sentence or two; null: it is the baseline.</summary>
    public string? Verdict => AgainstBaseline?.Verdict;
}

/// <summary>Models trained on one part of the data, measured on another, and compared with popularity, the baseline.</summary>
public sealed class ModelComparison
{
    private readonly DataOrigin _origin;

    private ModelComparison(ComparisonOptions options, DataOrigin origin, IReadOnlyList<ComparedModel> models, Leaderboard leaderboard) =>
        (Options, _origin, Models, Leaderboard) = (options, origin, models, leaderboard);

    public ComparisonOptions Options { get; }

    /// <summary>Best first.</summary>
    public IReadOnlyList<ComparedModel> Models { get; }

    public Leaderboard Leaderboard { get; }

    /// <summary>Popularity.</summary>
    public ComparedModel Baseline => Models.First(model => model.AgainstBaseline is null);

    /// <summary>The baseline, unless another model is significantly better.</summary>
    public ComparedModel Winner => Models.First(model => model.Name == Leaderboard.Winner);

    /// <summary>Which model to use, and why.</summary>
    public string Advice => Leaderboard.Advice;

    /// <summary>How much was measured: the same for all models.</summary>
    public EvaluationCounts Counts => Baseline.Report.Counts;

    /// <summary>Compares models on data, and chooses what to publish.</summary>
    /// <param name="trainers">None: the models that suit the data.</param>
    /// <exception cref="InputException">The data cannot be split, or cannot train a model.</exception>
    /// <exception cref="ArgumentNullException">The data or a trainer is null.</exception>
    public static PublishChoice Run(Interactions data, params IReadOnlyList<ITrainer> trainers) =>
        Run(data, new ComparisonOptions(), trainers);

    /// <inheritdoc cref="Run(Interactions, IReadOnlyList{ITrainer})"/>
    /// <param name="options">How to split, what to measure.</param>
    public static PublishChoice Run(
        Interactions data, ComparisonOptions options, IReadOnlyList<ITrainer>? trainers = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(options);
        if (trainers?.Any(trainer => trainer is null) == true) throw new ArgumentNullException(nameof(trainers), "A trainer is null.");
        if (data.Histories.Count == 0) throw new InputException("There are no events to compare models on; give some.");
        var holdout = (options.Splitter ?? new TimeOrRandomSplit { Seed = options.Seed }).Split(data).Final;
        if (options.AllowRepeats) holdout = holdout.WithRepeats();
        if (holdout.TestUsers == 0 && holdout.RepeatsLeftOut == 0)
            throw new InputException($"{data.Histories.Count} events are too few to compare models on: none is left to be found. Give "
                + "more, or train one model without a comparison.");
        var models = trainers is { Count: > 0 } ? [.. trainers.Select(ModelSpec.For)] : Shortlist.For(holdout.Train).Entries;
        var main = On(holdout, models, options, cancellationToken);
        var known = PublishChoice.HoldoutOfKnownUsers(data, main);
        return new(main, known is null ? null : On(known, models, options, cancellationToken));
    }

    /// <summary>Trains and measures models on a holdout. Popularity is put before them if it is not among them.</summary>
    /// <exception cref="InputException">The training part cannot train a model, or a metric cannot be measured.</exception>
    public static ModelComparison On(
        Holdout holdout, IReadOnlyList<ModelSpec> models, ComparisonOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(holdout);
        ArgumentNullException.ThrowIfNull(models);
        ArgumentNullException.ThrowIfNull(options);
        if (models.GroupBy(model => model.Name).FirstOrDefault(g => g.Count() > 1) is { } twice)
            throw new InputException($"The model {twice.Key} is named twice; name each once.");
        var evaluation = options.ForEvaluation(holdout, cancellationToken);
        ModelSpec[] specs = [ModelSpec.Popularity, .. models.Where(model => model.Name != ModelSpec.Popularity.Name)];
        foreach (var spec in (ModelSpec[])[.. specs, options.Fallback ?? specs[0]]) spec.CheckFor(holdout.Train);
        TrainedModel[] trained = [.. specs.Select(spec => options.Train(spec, holdout.Train, cancellationToken))];
        var measuring = new Measuring(holdout, evaluation, options, FallbackAmong(specs, trained, holdout, options, cancellationToken));
        EvaluationReport[] reports = [.. specs.Select((spec, n) => measuring.Measure(spec.Name, trained[n].Model))];
        string metric = reports[0].Segments[0].Estimates[0].Metric;
        var leaderboard = Leaderboard.Of(reports, metric, specs[0].Name, options.Workers, cancellationToken);
        return Of(options, holdout.Train.Origin, specs, trained, leaderboard);
    }

    /// <param name="specs">In any order, as <paramref name="trained"/>.</param>
    internal static ModelComparison Of(
        ComparisonOptions options, DataOrigin origin, ModelSpec[] specs, TrainedModel[] trained, Leaderboard leaderboard) => new(
            options, origin,
            [.. leaderboard.Standings.Select(standing =>
            {
                int n = Array.FindIndex(specs, spec => spec.Name == standing.Report.Name);
                return new ComparedModel(specs[n], trained[n], standing.Report, standing.AgainstBaseline);
            })],
            leaderboard);

    /// <summary>Looks at the winner once more, on data that had no part in choosing it.</summary>
    /// <param name="holdout">Of the test part; read only where a model is better than the baseline.</param>
    public ConfirmedChoice Confirm(Holdout holdout, CancellationToken cancellationToken = default) =>
        new(this, Winner.AgainstBaseline is null ? null : On(holdout, [Winner.Spec], Options, cancellationToken));

    /// <summary>For programs and files.</summary>
    /// <param name="profile">Of the whole data.</param>
    public ExperimentReport ToReport(DataProfile? profile = null) => new()
    {
        Dataset = _origin.Name,
        Fingerprint = _origin.Fingerprint,
        Command = Options.Command,
        Created = DateTimeOffset.UtcNow,
        Profile = profile,
        Protocol = Baseline.Report.Protocol,
        Fallback = Options.Fallback?.Name,
        Leaderboard = Leaderboard,
        Models = [.. Models.Select(m => m.Trained.Manifest with { Name = m.Name, LearningCurve = m.Trained.LearningCurve })],
    };

    private static IModel? FallbackAmong(
        ModelSpec[] specs, TrainedModel[] trained, Holdout holdout, ComparisonOptions options, CancellationToken cancellationToken)
    {
        if (options.Fallback is not { } fallback) return null;
        int known = Array.FindIndex(specs, spec => spec.Name == fallback.Name);
        var model = known >= 0 ? trained[known] : options.Train(fallback, holdout.Train, cancellationToken);
        return model.Model;
    }

    /// <summary>Measures models as they would be served.</summary>
    private sealed class Measuring(Holdout holdout, EvaluationOptions evaluation, ComparisonOptions options, IModel? fallback)
    {
        private readonly SampledNegatives? _negatives =
            options.SampledNegatives is { } count ? SampledNegatives.Draw(holdout, count, options.Seed) : null;

        public EvaluationReport Measure(string name, IModel model) => options.Show($"Measuring {name}", progress => _negatives is null
            ? Evaluator.Evaluate(
                name, model.AsPipeline(fallback: fallback, allowRepeats: holdout.AllowsRepeats), holdout,
                evaluation with { Progress = progress })
            : SampledEvaluator.Evaluate(name, model, holdout, _negatives, evaluation with { Progress = progress, PairGroupings = [] }));
    }
}
