using System.Net.Http.Headers;
using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace Kindred.AspNetCore.Endpoints;

/// <summary>The body of a request for recommendations: what it asks, or what in it cannot be read.</summary>
internal static class RequestBody
{
    private static ReadOnlySpan<byte> ByteOrderMark => [0xEF, 0xBB, 0xBF];

    /// <summary>
    /// Read as a stream, not bound as a parameter: binding reads the pipe, and a server told to stop would cut off a body on its way.
    /// </summary>
    /// <exception cref="InputException">It cannot be read: what stands where, and what is expected there.</exception>
    /// <exception cref="BadHttpRequestException">It is too long, or said to be in another encoding than UTF-8.</exception>
    /// <exception cref="UnreadableEncodingException">It is compressed, or in UTF-16.</exception>
    public static async Task<RecommendationRequest> Read(HttpRequest request, CancellationToken cancellationToken)
    {
        string? charset = MediaTypeHeaderValue.TryParse(request.ContentType, out var type) ? type.CharSet?.Trim('"') : null;
        if (charset is not null && !IsReadAsUtf8(charset))
            throw new BadHttpRequestException($"The body is in {charset}.", StatusCodes.Status415UnsupportedMediaType);
        BodyEncoding.Check(request);
        using var body = new MemoryStream();
        await request.Body.CopyToAsync(body, cancellationToken);
        return Parse(body.GetBuffer().AsMemory(0, (int)body.Length));
    }

    private static RecommendationRequest Parse(ReadOnlyMemory<byte> body)
    {
        if (body.Span.StartsWith(ByteOrderMark)) body = body[ByteOrderMark.Length..];
        BodyEncoding.CheckText(body.Span);
        if (body.IsEmpty) throw new InputException("The body is empty; send a JSON object with a history or a userId.");
        try
        {
            return JsonSerializer.Deserialize(body.Span, ContractsJson.Default.RecommendationRequest)
                ?? throw new InputException("The body is null; send a JSON object with a history or a userId.");
        }
        catch (JsonException e)
        {
            throw new InputException(BodyFault.In(body) ?? $"The body cannot be read at {e.Path}.", e);
        }
    }

    // ASCII is UTF-8
    private static bool IsReadAsUtf8(string charset) =>
        charset.Equals("utf-8", StringComparison.OrdinalIgnoreCase) || charset.Equals("us-ascii", StringComparison.OrdinalIgnoreCase);
}
