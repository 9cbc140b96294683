using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Kindred.AspNetCore.Endpoints;
using Kindred.Storage;
using Microsoft.AspNetCore.Http;

namespace Kindred.Server.Endpoints;

/// <summary>Bodies of requests: JSON, or one JSON object a line.</summary>
internal static class Body
{
    private static readonly string[] Types = ["application/json", "application/x-ndjson", "application/jsonl", "application/json-lines"];

    /// <summary>Reads a body whole.</summary>
    /// <exception cref="BadHttpRequestException">It is of another type, or longer than the endpoint allows.</exception>
    /// <exception cref="UnreadableEncodingException">It is compressed in another way than gzip, or in UTF-16.</exception>
    /// <exception cref="InputException">It is damaged.</exception>
    public static async Task<ReadOnlyMemory<byte>> ReadAsync(HttpContext context)
    {
        CheckType(context.Request);
        var buffer = new MemoryStream((int)Math.Min(context.Request.ContentLength ?? 0, 1 << 20));
        await context.Request.Body.CopyToAsync(buffer, context.RequestAborted);
        var body = buffer.GetBuffer().AsMemory(0, (int)buffer.Length);
        BodyEncoding.CheckBeginning(body.Span);
        return body;
    }

    /// <summary>Reads a body that is one JSON object.</summary>
    /// <param name="usual">What an empty body means; null: it is refused.</param>
    /// <inheritdoc cref="ReadAsync(HttpContext)"/>
    /// <exception cref="InputException">It is empty, no JSON, or no such object: where, and what is right there.</exception>
    public static async Task<T> ReadAsync<T>(HttpContext context, JsonTypeInfo<T> type, T? usual = null) where T : class =>
        Parse(await ReadAsync(context), type, usual);

    /// <inheritdoc cref="ReadAsync{T}"/>
    internal static T Parse<T>(ReadOnlyMemory<byte> body, JsonTypeInfo<T> type, T? usual = null) where T : class
    {
        string names = string.Join(", ", type.Properties.Select(property => property.Name));
        if (body.IsEmpty) return usual ?? throw new InputException($"The body is empty; send a JSON object of {names}.");
        BodyEncoding.CheckText(body.Span);
        try
        {
            return JsonSerializer.Deserialize(body.Span, type)
                ?? throw new InputException($"The body is null; send a JSON object of {names}.");
        }
        catch (JsonException e)
        {
            throw new InputException(
                $"The body cannot be read at {PlainText.Shorten(e.Path ?? "$")}: {JsonProblem.Of(e, type)}.", e);
        }
    }

    /// <summary>Looks at what the request says of its body.</summary>
    /// <remarks>A page of another site could send a form or plain text through a browser, but none of these types.</remarks>
    public static void CheckType(HttpRequest request)
    {
        string type = request.ContentType?.Split(';')[0].Trim() ?? "";
        if (!Types.Contains(type, StringComparer.OrdinalIgnoreCase))
            throw new BadHttpRequestException("type", StatusCodes.Status415UnsupportedMediaType);
        BodyEncoding.Check(request);
    }
}
