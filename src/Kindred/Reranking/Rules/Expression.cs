using Kindred.Data;

namespace Kindred.Reranking.Rules;

/// <summary>
/// A compiled part of an expression. It is bound to a request first, which looks up all that does not depend on the item.
/// </summary>
/// <param name="UsesItem">False: bound, it is the same for every item.</param>
/// <param name="UsesRequest">False: it can be bound once for all requests.</param>
internal abstract record Expression(bool UsesItem, bool UsesRequest)
{
    /// <summary>As an error calls it.</summary>
    public abstract string Kind { get; }
}

/// <param name="Bind">NaN: missing.</param>
internal sealed record NumericExpression(bool UsesItem, bool UsesRequest, Func<RequestContext, Func<int, float>> Bind)
    : Expression(UsesItem, UsesRequest)
{
    public override string Kind => "a number";

    public static NumericExpression Constant(float value) => new(false, false, _ => _ => value);

    public static NumericExpression OfRequest(Func<RequestContext, float> value) => new(false, true, request =>
    {
        float known = value(request);
        return _ => known;
    });
}

/// <summary>A text or labels: any number of words.</summary>
/// <param name="Bind">Empty: missing.</param>
internal sealed record TextExpression(bool UsesItem, bool UsesRequest, Func<RequestContext, Func<int, IReadOnlyList<string>>> Bind)
    : Expression(UsesItem, UsesRequest)
{
    /// <summary>The column, where these are an item's labels.</summary>
    public LabelColumn? ItemLabels { get; init; }

    /// <summary>The labels there are, where these are labels.</summary>
    public Vocabulary? Labels { get; init; }

    /// <summary>The attribute, as it is written; "" where there is none.</summary>
    public string Name { get; init; } = "";

    /// <summary>Where these are written in the expression.</summary>
    public bool IsLiteral { get; init; }

    public override string Kind => Labels is null ? "a text" : "labels";

    public static TextExpression Constant(IReadOnlyList<string> words) => new(false, false, _ => _ => words) { IsLiteral = true };

    public static TextExpression OfRequest(Func<RequestContext, IReadOnlyList<string>> words) => new(false, true, request =>
    {
        var known = words(request);
        return _ => known;
    });
}

/// <param name="Bind">What does not use the request is bound already: a set of items.</param>
internal sealed record ConditionExpression(bool UsesItem, bool UsesRequest, Func<RequestContext, ItemPredicate> Bind)
    : Expression(UsesItem, UsesRequest)
{
    public override string Kind => "a condition";
}
