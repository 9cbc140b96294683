using System.ComponentModel;
using Kindred.Pipelines;

namespace Kindred.Reranking.Rules;

/// <summary>Rules as a stage: bound it is a <see cref="RuleSet"/>.</summary>
[Description("Apply rules that people write: filters, boosts, pins and caps.")]
internal sealed record RulesReranker : Reranker
{
    [Description("File of rules, relative to this file. It is read into the pipeline. Either this or rules.")]
    public string? File { get; set; }

    [Description("Rules: objects with name, when, then, from, to. Either this or file.")]
    public IReadOnlyList<RuleConfig>? Rules { get; set; }

    private protected override IStage BindTo(RerankingInputs inputs) =>
        RuleSet.Of([.. (Rules ?? []).Select(rule => rule.ToRule())], new(inputs.Data.ItemAttributes, inputs.Users, inputs.Context)
        {
            ItemIds = inputs.Data.Items,
            UserIds = inputs.Data.Users,
        });
}

[Description("Do something with the items for which a condition holds.")]
internal sealed record RuleConfig
{
    [Description("Name in messages and explanations.")]
    public required string Name { get; set; }

    [Description("Condition on the item, the user and the request. Default: all items.")]
    public string When { get; set; } = "true";

    [Description("Action: filter, boost x1.5, bury x0.5, pin at 3, or cap 2.")]
    public required string Then { get; set; }

    [Description("Start, included, in UTC, such as 2026-12-01. Default: always.")]
    public string? From { get; set; }

    [Description("End, excluded, in UTC. Default: never.")]
    public string? To { get; set; }

    /// <exception cref="InputException">The action or the season cannot be read.</exception>
    internal Rule ToRule() => new(Name, When, RuleAction.Parse(Name, Then), Schedule.Parse(Name, From, To));
}
