namespace Kindred.Reranking.Rules;

/// <summary>When something holds for an item, do something with it.</summary>
/// <param name="When">The condition, as an expression.</param>
internal sealed record Rule(string Name, string When, RuleAction Then, Schedule Schedule);
