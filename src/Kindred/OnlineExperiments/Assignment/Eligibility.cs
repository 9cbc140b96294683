using Kindred.Reranking.Rules;

namespace Kindred.OnlineExperiments.Assignment;

/// <summary>A condition on users and requests, in the language of rules: <c>user.country = 'DE' and context.hour &gt;= 8</c>.</summary>
internal sealed class Eligibility
{
    private readonly ConditionExpression _condition;

    private Eligibility(ConditionExpression condition) => _condition = condition;

    /// <exception cref="InputException">It is no condition, does not fit the columns, or asks for items.</exception>
    public static Eligibility Parse(string experiment, string condition, RuleColumns columns)
    {
        var text = new RuleText(experiment, condition);
        var compiled = new Compiler(columns, text, []).Condition(Parser.Parse(text));
        return compiled.UsesItem
            ? throw new InputException(
                $"The eligibility of experiment '{experiment}' asks for items; it can ask for user and context only.")
            : new(compiled);
    }

    public bool Holds(RequestContext request) => _condition.Bind(request).Holds(0);
}
