using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.AspNetCore.Routing;

namespace Kindred.AspNetCore.Endpoints;

/// <summary>Checks what follows the ? of an address before it is bound, so that a refusal names the parameter, its value and what there
/// is.</summary>
internal static class QueryParameters
{
    /// <exception cref="InputException">There is no such parameter here, or its value cannot be read.</exception>
    public static void Check(HttpContext context)
    {
        var request = context.Request;
        if (request.Query.Count > 0 && context.GetEndpoint() is RouteEndpoint endpoint)
        {
            var known = endpoint.Metadata.GetOrderedMetadata<IParameterBindingMetadata>()
                .Where(parameter => IsRead(parameter.ParameterInfo.ParameterType))
                .Where(parameter => endpoint.RoutePattern.GetParameter(parameter.Name) is null).ToArray();
            foreach (var (name, values) in request.Query) Check(name, values!, known);
        }
    }

    private static bool IsRead(Type type) =>
        (Nullable.GetUnderlyingType(type) ?? type) is var plain
            && (plain == typeof(int) || plain == typeof(long) || plain == typeof(bool) || plain == typeof(string)
                || plain == typeof(string[]));

    private static void Check(string name, string[] values, IParameterBindingMetadata[] known)
    {
        if (known.FirstOrDefault(parameter => parameter.Name.Equals(name, StringComparison.OrdinalIgnoreCase)) is not { } parameter)
        {
            throw new InputException($"There is no parameter '{PlainText.Shorten(name)}' here" +
                Spelling.Hint(name, [.. known.Select(parameter => parameter.Name)]));
        }
        var type = Nullable.GetUnderlyingType(parameter.ParameterInfo.ParameterType) ?? parameter.ParameterInfo.ParameterType;
        if (type == typeof(string[])) return;
        if (values.Length != 1) throw new InputException($"{parameter.Name} is given {values.Length} times; give it once.");
        bool isNumber = type != typeof(int) || int.TryParse(values[0], NumberStyles.Integer, CultureInfo.InvariantCulture, out _);
        if (type == typeof(long)) isNumber = long.TryParse(values[0], NumberStyles.Integer, CultureInfo.InvariantCulture, out _);
        if (!isNumber)
            throw new InputException($"{parameter.Name} must be a whole number, was '{PlainText.Shorten(values[0])}'.");
        if (type == typeof(bool) && !bool.TryParse(values[0], out _))
            throw new InputException($"{parameter.Name} must be true or false, was '{PlainText.Shorten(values[0])}'.");
    }
}
