namespace Kindred.Reranking.Rules;

/// <summary>A rule whose condition is ready to be asked. Immutable.</summary>
internal sealed class CompiledRule
{
    private readonly ConditionExpression _condition;
    private readonly int _items;

    private CompiledRule(Rule rule, ConditionExpression condition, int items) => (Rule, _condition, _items) = (rule, condition, items);

    public Rule Rule { get; }

    /// <param name="warnings">Added to.</param>
    /// <exception cref="InputException">Its expression is none, or does not fit the columns.</exception>
    public static CompiledRule Of(Rule rule, RuleColumns columns, ICollection<string> warnings)
    {
        var text = new RuleText(rule.Name, rule.When);
        return new(rule, new Compiler(columns, text, warnings).Condition(Parser.Parse(text)), columns.Items.Count);
    }

    /// <returns>The rule for one request; null when it holds for nothing then.</returns>
    public ActiveRule? For(RequestContext moment)
    {
        if (!Rule.Schedule.Holds(moment.Context?.Time)) return null;
        var test = _condition.Bind(moment);
        return test.IsNever ? null : new(Rule, test, _items);
    }
}

/// <summary>A rule in one request.</summary>
/// <param name="items">How many the catalog has; later ones meet nothing.</param>
internal sealed class ActiveRule(Rule rule, ItemPredicate test, int items)
{
    public Rule Rule => rule;

    public RuleActionKind Kind => rule.Then.Kind;

    /// <returns>The items below <paramref name="count"/> that it holds for, ascending. Cost: what is known as a set is not
    /// searched.</returns>
    public IEnumerable<int> ItemsBelow(int count) => test.ItemsBelow(Math.Min(count, items));

    public bool Holds(int item) => (uint)item < (uint)items && test.Holds(item);
}
