using Kindred.Data;

namespace Kindred.Reranking.Rules;

/// <summary>Makes delegates of an expression, and says what in it does not fit together.</summary>
/// <remarks>
/// A part that uses no request becomes a set of items, one bit each, when it is compiled; a part that uses no item is looked up once a
/// request. Only what compares the two is asked for each candidate.
/// What is missing meets no comparison; <c>not</c>, <c>!=</c>, <c>not in</c> turn that around.
/// </remarks>
/// <param name="warnings">Told what is allowed but probably a mistake.</param>
internal sealed class Compiler(RuleColumns columns, RuleText text, ICollection<string> warnings)
{
    private static readonly RequestContext Anonymous = new(-1, null);

    /// <exception cref="InputException">Something does not exist, or two kinds of things are mixed.</exception>
    public ConditionExpression Condition(Node node) => Settled(node switch
    {
        TruthNode truth => new(false, false, _ => ItemPredicate.Of(truth.Value)),
        NotNode not => Turned(Condition(not.Inner)),
        ChainNode chain => Chained(chain),
        CompareNode compare => Compared(compare),
        InNode choice => Chosen(choice),
        BetweenNode range => Between(range),
        MissingNode missing => Missing(missing),
        _ => throw text.Error(node.At, $"expected a condition such as item.year >= 1990, found {Value(node).Kind}"),
    });

    // Bound once for all where no request matters.
    private ConditionExpression Settled(ConditionExpression condition)
    {
        if (condition.UsesRequest) return condition;
        var predicate = condition.Bind(Anonymous).AsSet(columns.Items.Count);
        return condition with { Bind = _ => predicate };
    }

    private static ConditionExpression Turned(ConditionExpression inner) => inner with { Bind = moment => inner.Bind(moment).Not() };

    private ConditionExpression Chained(ChainNode chain)
    {
        ConditionExpression[] parts = [.. chain.Parts.Select(Condition)];
        // what is known beforehand goes first: it is the cheapest to ask
        var ordered = parts.OrderBy(part => part.UsesRequest && part.UsesItem).ToArray();
        return new(parts.Any(part => part.UsesItem), parts.Any(part => part.UsesRequest), moment =>
        {
            var all = ordered[0].Bind(moment);
            for (int n = 1; n < ordered.Length && !(chain.IsAll && all.IsNever); n++)
                all = chain.IsAll ? all.And(ordered[n].Bind(moment)) : all.Or(ordered[n].Bind(moment));
            return all;
        });
    }

    private ConditionExpression Compared(CompareNode node)
    {
        Expression left = Value(node.Left), right = Value(node.Right);
        if (node.Operator == "has" && left is not TextExpression { Labels: not null })
            throw text.Error(node.Left.At, $"has asks for one of several labels, but this is {left.Kind}");
        return (left, right) switch
        {
            (NumericExpression a, NumericExpression b) => Numbers(node.Operator, a, b),
            (TextExpression a, TextExpression b) when node.Operator is "=" or "has" => Shared(a, b, node.Right.At),
            (TextExpression a, TextExpression b) when node.Operator is "!=" => Turned(Shared(a, b, node.Right.At)),
            (TextExpression, TextExpression) =>
                throw text.Error(node.Left.At, $"{node.Operator} compares numbers, but this is {left.Kind}"),
            _ => throw text.Error(node.Right.At, $"{left.Kind} cannot be compared with {right.Kind}"),
        };
    }

    private static ConditionExpression Numbers(string comparison, NumericExpression a, NumericExpression b) => comparison switch
    {
        "=" => Numbers(a, b, (x, y) => x == y),
        "!=" => Numbers(a, b, (x, y) => x != y), // true of NaN
        "<" => Numbers(a, b, (x, y) => x < y),
        "<=" => Numbers(a, b, (x, y) => x <= y),
        ">" => Numbers(a, b, (x, y) => x > y),
        _ => Numbers(a, b, (x, y) => x >= y),
    };

    private static ConditionExpression Numbers(NumericExpression a, NumericExpression b, Func<float, float, bool> holds)
    {
        bool usesItem = a.UsesItem || b.UsesItem;
        return new(usesItem, a.UsesRequest || b.UsesRequest, moment =>
        {
            Func<int, float> left = a.Bind(moment), right = b.Bind(moment);
            return usesItem ? ItemPredicate.Of(item => holds(left(item), right(item))) : ItemPredicate.Of(holds(left(-1), right(-1)));
        });
    }

    private static ConditionExpression Tested(NumericExpression number, Func<float, bool> holds) =>
        Numbers(number, NumericExpression.Constant(0), (value, _) => holds(value));

    // Do they have a word in common?
    private ConditionExpression Shared(TextExpression a, TextExpression b, int at)
    {
        WarnOfUnknown(a, b, at);
        WarnOfUnknown(b, a, at);
        bool usesRequest = a.UsesRequest || b.UsesRequest;
        if (a.ItemLabels is { } labels && !b.UsesItem) return new(true, usesRequest, moment => AnyOf(labels, b.Bind(moment)(-1)));
        if (b.ItemLabels is { } others && !a.UsesItem) return new(true, usesRequest, moment => AnyOf(others, a.Bind(moment)(-1)));
        if (!a.UsesItem) (a, b) = (b, a); // so that what is the same for all items is looked up in a set
        return new(a.UsesItem, usesRequest, moment =>
        {
            Func<int, IReadOnlyList<string>> left = a.Bind(moment), right = b.Bind(moment);
            if (b.UsesItem) return ItemPredicate.Of(item => left(item).Any(right(item).Contains));
            var wanted = right(-1).ToHashSet(StringComparer.Ordinal);
            return a.UsesItem ? ItemPredicate.Of(item => left(item).Any(wanted.Contains)) : ItemPredicate.Of(left(-1).Any(wanted.Contains));
        });
    }

    private static ItemPredicate AnyOf(LabelColumn column, IReadOnlyList<string> words)
    {
        var wanted = new HashSet<int>();
        foreach (string word in words) if (column.Labels.TryGetIndex(word, out int label)) wanted.Add(label);
        return wanted.Count == 0 ? ItemPredicate.Of(false) : ItemPredicate.Of(item =>
        {
            foreach (int label in column[item]) if (wanted.Contains(label)) return true;
            return false;
        });
    }

    private ConditionExpression Chosen(InNode node)
    {
        var value = Value(node.Value);
        if (value is ConditionExpression) throw text.Error(node.At, "in looks for a number or a text, found a condition");
        foreach (var choice in node.Choices)
            if (choice is NumberNode != value is NumericExpression)
                throw text.Error(choice.At, $"the list must hold what is looked for, {value.Kind}");
        if (value is TextExpression words)
        {
            foreach (var choice in node.Choices) WarnOfUnknown(words, TextExpression.Constant([((TextNode)choice).Value]), choice.At);
            return Shared(words with { Labels = null },
                TextExpression.Constant([.. node.Choices.Select(choice => ((TextNode)choice).Value)]), node.At);
        }
        var numbers = node.Choices.Select(choice => ((NumberNode)choice).Value).ToHashSet();
        return Tested((NumericExpression)value, numbers.Contains);
    }

    private ConditionExpression Between(BetweenNode node)
    {
        NumericExpression value = Number(node.Value), low = Number(node.Low), high = Number(node.High);
        ConditionExpression above = Numbers(">=", value, low), below = Numbers("<=", value, high);
        return new(above.UsesItem || below.UsesItem, above.UsesRequest || below.UsesRequest, moment =>
            above.Bind(moment).And(below.Bind(moment)));
    }

    private ConditionExpression Missing(MissingNode node)
    {
        var value = Value(node.Value);
        if (value is NumericExpression number) return Tested(number, float.IsNaN);
        if (value is not TextExpression words) throw text.Error(node.At, "a condition is never missing");
        if (words.ItemLabels is { } labels) return new(true, false, _ => ItemPredicate.Of(item => labels[item].IsEmpty));
        return new(words.UsesItem, words.UsesRequest, moment =>
        {
            var known = words.Bind(moment);
            return words.UsesItem ? ItemPredicate.Of(item => known(item).Count == 0) : ItemPredicate.Of(known(-1).Count == 0);
        });
    }

    private Expression Value(Node node) => node switch
    {
        NumberNode number => NumericExpression.Constant(number.Value),
        TextNode words => TextExpression.Constant([words.Value]),
        AttributeNode attribute => AttributeExpression.Of(attribute, columns, text),
        NegativeNode negative => Calculated(NumericExpression.Constant(0), Number(negative.Inner), (_, number) => -number),
        ArithmeticNode { Operator: '+' } sum => Calculated(Number(sum.Left), Number(sum.Right), (x, y) => x + y),
        ArithmeticNode { Operator: '-' } sum => Calculated(Number(sum.Left), Number(sum.Right), (x, y) => x - y),
        ArithmeticNode { Operator: '*' } sum => Calculated(Number(sum.Left), Number(sum.Right), (x, y) => x * y),
        ArithmeticNode sum => Calculated(Number(sum.Left), Number(sum.Right), (x, y) => x / y),
        _ => Condition(node),
    };

    private NumericExpression Number(Node node) =>
        Value(node) is var value && value is NumericExpression number ? number
            : throw text.Error(node.At, $"expected a number, found {value.Kind}");

    private static NumericExpression Calculated(NumericExpression a, NumericExpression b, Func<float, float, float> of)
    {
        bool usesItem = a.UsesItem || b.UsesItem;
        return new(usesItem, a.UsesRequest || b.UsesRequest, moment =>
        {
            Func<int, float> left = a.Bind(moment), right = b.Bind(moment);
            if (usesItem) return item => of(left(item), right(item));
            float known = of(left(-1), right(-1));
            return _ => known;
        });
    }

    // Labels come and go with the data, so that it is no error; but more often it is a slip.
    private void WarnOfUnknown(TextExpression value, TextExpression literal, int at)
    {
        if (value.Labels is not { } labels || !literal.IsLiteral) return;
        foreach (string word in literal.Bind(Anonymous)(-1))
            if (!labels.TryGetIndex(word, out _)) warnings.Add(text.Said(at, $"{value.Name} has no label '{word}' in the data"));
    }
}
