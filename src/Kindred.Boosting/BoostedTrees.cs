using System.ComponentModel.DataAnnotations;
using System.Globalization;
using Kindred.Configuration;
using Kindred.Models;
using Kindred.Ranking;

namespace Kindred.Boosting;

/// <summary>What the trees learn.</summary>
public enum BoostingObjective
{
    /// <summary>The order within each group, by the gain in NDCG that exchanging two rows would bring.</summary>
    LambdaRank,

    /// <summary>Whether a row's label is 1: the score is the log odds, with the row's group used for validation alone.</summary>
    Binary,
}

/// <summary>
/// Boosted trees that rank candidates. C. Burges, "From RankNet to LambdaRank to LambdaMART: An Overview", Microsoft Research 2010, §7, as
/// LightGBM implements it (G. Ke et al., NIPS 2017): trees grow leaf by leaf, on values in bins.
/// </summary>
/// <remarks>
/// Pairs of a group (i, j) with label(i) &gt; label(j): λ(i,j) = −|ΔNDCG(i,j)| · σ(s(j) − s(i)); each tree fits the sums of λ by a Newton
/// step. LightGBM's <c>lambdarank_norm</c> is left on: the λ of a group are normalized. Cost of a tree: rows · features, and pairs within
/// the first TruncationLevel ranks. Same seed, same bits at any number of threads. Options are LightGBM's, by the names in the summaries.
/// </remarks>
internal sealed record BoostedTrees
{
    private const double Better = 1e-9; // a sum's last bits are no progress

    private const int MaxGrade = 30; // LightGBM's label_gain ends there

    /// <summary>
    /// Those that a pipeline's file may set: <c>num_iterations</c> (fewer where early stopping says so, or where nothing can be split any
    /// more),
    /// <c>num_leaves</c>, <c>learning_rate</c>, <c>min_data_in_leaf</c> and <c>feature_fraction</c>.
    /// </summary>
    public LambdaRankConfig Options { get; init; } = new();

    public BoostingObjective Objective { get; init; } = BoostingObjective.LambdaRank;

    /// <summary><c>min_sum_hessian_in_leaf</c></summary>
    [Range(0, double.MaxValue)]
    public double MinLeafHessian { get; init; } = 1e-3;

    /// <summary><c>bagging_fraction</c>: the share of the rows that a tree sees.</summary>
    [Range(0, 1.0, MinimumIsExclusive = true)]
    public double RowFraction { get; init; } = 1;

    /// <summary><c>bagging_freq</c>: rows are drawn again every so many trees; 0: never, every tree sees all of them.</summary>
    [Range(0, int.MaxValue)]
    public int RowsDrawnEvery { get; init; } = 1;

    /// <summary><c>max_bin</c>: into so many values those of a feature are rounded.</summary>
    [Range(2, int.MaxValue)]
    public int MaxBins { get; init; } = 255;

    /// <summary><c>lambdarank_truncation_level</c>: pairs count of which one is among the first so many of its group.</summary>
    [Range(1, int.MaxValue)]
    public int TruncationLevel { get; init; } = 30;

    /// <summary>
    /// Stop when so many trees brought no better NDCG on the validation part, and keep the trees up to the best one; 0: never.
    /// </summary>
    [Range(0, int.MaxValue)]
    public int EarlyStopping { get; init; }

    /// <summary>Cut-off of that NDCG.</summary>
    [Range(1, int.MaxValue)]
    public int K { get; init; } = 10;

    /// <param name="validation">Other groups, over the same features; null: nothing is measured.</param>
    /// <exception cref="InputException">Data or options cannot be used; the message is ours or LightGBM's.</exception>
    /// <exception cref="OperationCanceledException">Looked at before each tree.</exception>
    public Forest Train(RankingData train, RankingData? validation, TrainingContext context)
    {
        Check(train);
        if (validation is not null) Check(validation);
        if (validation is not null && validation.Features.Columns != train.Features.Columns)
            throw new InputException(
                $"The validation part has {validation.Features.Columns} features, the training part {train.Features.Columns}; give both " +
                $"the same.");
        if (validation is not null && validation.Labels.Span.IndexOfAnyExcept(0) < 0)
            throw new InputException(
                "The validation part has no label above 0, so that nothing can be measured on it; give one that has, or none.");
        if (validation is null && EarlyStopping > 0)
            throw new InputException("EarlyStopping needs a validation part; give one, or set it to 0.");
        string parameters = Parameters(train, context);
        using var rows = new BinnedRows(train, parameters);
        using var others = validation is null ? null : new BinnedRows(validation, parameters, rows);
        using var booster = new Booster(rows, others, parameters);
        int trees = Grow(booster, validation, context);
        var forest = Forest.Parse(booster.Text(trees));
        return forest.WithFeatures([.. Enumerable.Range(0, train.Features.Columns)
            .Select(n => train.FeatureNames is [] ? $"feature {n}" : train.FeatureNames[n])]);
    }

    /// <returns>How many trees to keep.</returns>
    private int Grow(Booster booster, RankingData? validation, TrainingContext context)
    {
        var scores = new double[validation?.Features.Rows ?? 0];
        var (best, bestTree) = (double.NegativeInfinity, 0);
        for (int tree = 1; tree <= Options.Trees; tree++)
        {
            context.Cancellation.ThrowIfCancellationRequested();
            bool grown = booster.Grow();
            Validation? measured = null;
            if (validation is not null)
            {
                booster.ScoreValidation(scores);
                double ndcg = validation.Ndcg(scores, K);
                if (ndcg > best + Better) (best, bestTree) = (ndcg, tree);
                measured = new($"NDCG@{K}", ndcg, bestTree);
            }
            context.Progress?.Report(new(tree, Options.Trees, "tree", Validation: measured));
            if (!grown || (EarlyStopping > 0 && tree - bestTree >= EarlyStopping)) break;
        }
        return EarlyStopping > 0 && bestTree > 0 ? bestTree : -1;
    }

    /// <returns>For the rows and for the trees alike: LightGBM takes what concerns each.</returns>
    internal string Parameters(RankingData train, TrainingContext context)
    {
        string objective = Objective == BoostingObjective.Binary ? "binary" : "lambdarank";
        string categorical = train.Categorical is [] ? "" : $"categorical_feature={string.Join(',', train.Categorical)} ";
        FormattableString parameters = $"""
            objective={objective} metric=none verbosity=-1 deterministic=true force_row_wise=true num_threads={context.Workers} seed={context.Seed}
            {categorical}num_leaves={Options.Leaves} learning_rate={Options.LearningRate} min_data_in_leaf={Options.MinLeafRows} min_sum_hessian_in_leaf={MinLeafHessian}
            bagging_fraction={RowFraction} bagging_freq={RowsDrawnEvery} feature_fraction={Options.FeatureFraction} max_bin={MaxBins}
            lambdarank_truncation_level={TruncationLevel}
            """;
        return parameters.ToString(CultureInfo.InvariantCulture).ReplaceLineEndings(" ");
    }

    private void Check(RankingData data)
    {
        OptionCheck.Check(Options);
        OptionCheck.Check(this);
        data.Check();
        foreach (float label in data.Labels.Span)
        {
            if (Objective == BoostingObjective.Binary && label is not (0 or 1))
                throw new InputException($"Labels must be 0 or 1 for Binary, one was {label}.");
            if (!(label >= 0 && label <= MaxGrade && label == MathF.Floor(label)))
                throw new InputException($"Labels must be whole grades from 0 to {MaxGrade}, one was {label}.");
        }
    }
}
