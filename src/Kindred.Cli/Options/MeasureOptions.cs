using System.CommandLine;
using System.Globalization;
using Kindred.Comparison;
using Kindred.Evaluation;
using Kindred.Evaluation.Metrics;
using Kindred.Models;

namespace Kindred.Cli.Options;

/// <summary>What to measure: the same for every command that compares models.</summary>
internal sealed class MeasureOptions
{
    private readonly Option<string> _k = new("--k")
    {
        Description = "Lengths of the lists, separated by commas.",
        DefaultValueFactory = _ => "10,20",
        HelpName = "numbers",
    };
    private readonly Option<string?> _metric = new("--metric")
    {
        Description = "Main metric, which decides, such as recall@20; for models of ratings rmse or mae. [default: NDCG at the first k]",
        HelpName = "name@k",
    };
    private readonly Option<string> _metrics = new("--metrics")
    {
        Description = "Other metrics, separated by commas: accuracy, beyond (novelty, diversity, exposure …), debiased, or name@k.",
        DefaultValueFactory = _ => "beyond",
        HelpName = "names",
    };
    private readonly Option<string[]> _groupBy = new("--group-by")
    {
        Description = "Break the main metric down by this attribute of users or items, such as gender or genres; repeatable.",
        HelpName = "attribute",
    };
    private readonly Option<int?> _sampled = new("--sampled-negatives")
    {
        Description = "Rank among this many random items instead of the whole catalogue: misleading, only to reproduce papers.",
        HelpName = "count",
    };
    private readonly Option<string?> _negatives = new("--negatives")
    {
        Description = "Rank among the items that this file names for each user, such as ReChorus's test.csv with user_id and neg_items: "
            + "misleading, only to reproduce papers.",
        HelpName = "file",
    };
    private readonly Option<int> _seeds = new("--seeds")
    {
        Description = "Seeds to train models with that draw at random: --seed and the next ones. Their spread counts in the verdict.",
        DefaultValueFactory = _ => 1,
        HelpName = "count",
    };
    private readonly Option<string> _fallback = ModelOptions.Fallback(
        "Model that fills up lists that are too short, as when served; none: each model alone.");
    private readonly Option<bool> _explain =
        new("--explain-metrics") { Description = "Explain each metric, and how it was measured." };

    /// <summary>For commands that choose: the test part of a choice is looked at when everything else is decided.</summary>
    public const string HowToReadTest = "When you have decided, read it once with --test.";

    public static Option<bool> ReadsTest(string what) => new("--test")
    {
        Description = $"Read the test part, once, for {what}. Without it the choice is made on the validation part alone.",
    };

    /// <summary>Adds them to the verb.</summary>
    public MeasureOptions(CliCommand verb)
    {
        foreach (Option option in (Option[])[_k, _metric, _metrics, _groupBy, _sampled, _seeds, _fallback, _explain])
            verb.Options.Add(option);
    }

    /// <summary>Adds given negatives: only for verbs that measure one part.</summary>
    public void AddNegatives(CliCommand verb) => verb.Options.Add(_negatives);

    /// <exception cref="InputException">A value does not fit.</exception>
    public ComparisonOptions In(ParseResult parse, CommandContext session)
    {
        var cutOffs = new List<int>();
        foreach (string text in parse.GetRequiredValue(_k).Split(',', StringSplitOptions.TrimEntries))
        {
            if (!int.TryParse(text, CultureInfo.InvariantCulture, out int k) || k < 1)
                throw new InputException($"--k {parse.GetRequiredValue(_k)} is not a list of numbers from 1; write --k 10,20.");
            if (!cutOffs.Contains(k)) cutOffs.Add(k);
        }
        string fallback = parse.GetRequiredValue(_fallback);
        string[] more = parse.GetRequiredValue(_metrics).Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        int? sampled = parse.GetValue(_sampled);
        if (sampled < 1) throw new InputException($"--sampled-negatives must be at least 1, was {sampled}.");
        string? negatives = parse.GetResult(_negatives) is null ? null : parse.GetValue(_negatives);
        if (sampled is not null && negatives is not null)
            throw new InputException("Negatives are either drawn or given; leave out --sampled-negatives or --negatives.");
        int seeds = parse.GetValue(_seeds);
        if (seeds < 1) throw new InputException($"--seeds must be at least 1, was {seeds}.");
        bool alone = fallback == "none" || sampled is not null || negatives is not null; // papers that sample measure models alone
        return session.Comparison with
        {
            CutOffs = cutOffs,
            Metric = CheckedMetric(parse.GetValue(_metric) ?? $"ndcg@{cutOffs[0]}"),
            Fallback = alone ? null : ModelSpec.Parse(fallback, session.Trainers),
            Metrics = more,
            GroupBy = parse.GetValue(_groupBy) ?? [],
            SampledNegatives = sampled,
            NegativesFile = negatives,
            Seeds = seeds,
        };
    }

    /// <returns>True: the metrics are to be explained.</returns>
    public bool ExplainsIn(ParseResult parse) => parse.GetValue(_explain);

    /// <summary>Checked before any work, as far as that is possible without the data.</summary>
    /// <exception cref="InputException">There is no such metric.</exception>
    public static string CheckedMetric(string text)
    {
        if (RatingComparison.IsMeasured(text)) return text;
        string[] sides = text.Split('@', 2);
        if (!MetricCatalog.Names.Contains(sides[0].Split(':')[0], StringComparer.OrdinalIgnoreCase))
            throw new InputException(
                $"There is no metric '{text}'; there are {string.Join(", ", MetricCatalog.Names)}, with a length of the list: ndcg@10.");
        if (sides.Length == 2 && !(int.TryParse(sides[1], CultureInfo.InvariantCulture, out int k) && k > 0))
            throw new InputException($"The length of the list in --metric {text} must be a number from 1.");
        return text;
    }
}
