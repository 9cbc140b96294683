using System.CommandLine;
using Kindred.Models;
using Kindred.Retrieval;
using Kindred.Retrieval.Indexes;
using Kindred.Retrieval.Recall;

namespace Kindred.Cli.Options;

/// <summary>Which index to build, and how good it must be: the same for every verb that builds one.</summary>
internal sealed class IndexOptions
{
    private readonly Option<string?> _kind;
    private readonly Option<double> _recall = new("--recall")
    {
        Description = "The share of the exact answers that the index must find.",
        DefaultValueFactory = _ => .95,
        HelpName = "share",
    };
    private readonly Option<int> _k = new(
        "--k")
    { Description = "Length of the lists that recall is measured on.", DefaultValueFactory = _ => 10, HelpName = "count" };
    private readonly Option<int> _memory = new(
        "--memory")
    { Description = "Maximum memory of the index. Default: as much as it needs.", HelpName = "MB" };

    /// <summary>Adds them to the verb.</summary>
    /// <param name="name">Of the option that names the kind.</param>
    public IndexOptions(CliCommand verb, string name, string description)
    {
        _kind = new(name)
        {
            Description = $"{description} {IndexTuner.Automatic}, or {string.Join(", ", IndexCatalog.Entries.Keys)}.",
            HelpName = "kind"
        };
        foreach (Option option in new Option[] { _kind, _recall, _k, _memory }) verb.Options.Add(option);
    }

    /// <summary>Whether a kind was named.</summary>
    public bool IsGivenIn(ParseResult parse) => parse.GetValue(_kind) is not null;

    /// <exception cref="InputException">There is no such kind, or a number does not fit.</exception>
    public IndexTuner AdvisorIn(ParseResult parse)
    {
        string kind = parse.GetValue(_kind) ?? IndexTuner.Automatic;
        if (kind != IndexTuner.Automatic) IndexCatalog.Find(kind);
        double recall = parse.GetValue(_recall);
        if (recall is not (> 0 and < 1)) throw new InputException($"--recall must be between 0 and 1, was {recall}.");
        if (parse.GetValue(_k) < 1) throw new InputException($"--k must be at least 1, was {parse.GetValue(_k)}.");
        if (parse.GetResult(_memory) is { Implicit: false } && parse.GetValue(_memory) < 1)
            throw new InputException($"--memory must be at least 1, was {parse.GetValue(_memory)}.");
        return new() { Kind = kind, TargetRecall = recall, K = parse.GetValue(_k), Memory = parse.GetValue(_memory) * 1_000_000L };
    }

    /// <param name="queries">How many at most, drawn by the seed: the queries to measure with.</param>
    public static TunedIndex Build(IndexTuner advisor, IEmbeddingModel model, Func<int, QuerySample> queries, CommandContext session) =>
        session.Activity.Run("Building the index", _ => advisor.Build(
            model, queries(QuerySample.Enough),
            new() { Seed = session.Seed, Workers = session.Workers, Cancellation = session.Cancellation }));

    /// <exception cref="InputException">It has no embeddings.</exception>
    public static IEmbeddingModel Embedding(IModel model, string trainer) =>
        model as IEmbeddingModel
            ?? throw new InputException($"{trainer} has no embeddings; use a model that embeds (see `kindred model list`).");
}
