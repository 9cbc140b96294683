using System.Security.Cryptography;
using Kindred.Reports.Markup;
using Kindred.Server.Access;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Kindred.Server.Dashboard;

/// <summary>A file that pages load. Its address names its content, so browsers keep it for good.</summary>
internal sealed record Asset(string Path, string Type, byte[] Content);

/// <summary>All that pages load; nothing comes from another host.</summary>
internal static class Assets
{
    /// <summary>That of reports, and what the dashboard adds.</summary>
    public static Asset Style { get; } = Of("css", "text/css; charset=utf-8", [.. Bytes(HtmlPage.Style), .. Read("Dashboard.css")]);

    public static Asset Script { get; } = Of("js", "text/javascript; charset=utf-8", Read("Dashboard.js"));

    public static Asset MapScript { get; } = Of("js", "text/javascript; charset=utf-8", Read("Map.js"));

    public static Asset Icon { get; } = Of("svg", "image/svg+xml", Read("Icon.svg"));

    public static void Map(IEndpointRouteBuilder routes)
    {
        // beside JSON, browsers ask for an icon by this name
        foreach (var asset in (Asset[])[Style, Script, MapScript, Icon, Icon with { Path = "/favicon.ico" }])
            routes.MapGet(asset.Path, (HttpContext context) =>
            {
                Page.SetHeaders(context.Response);
                context.Response.Headers.CacheControl = "public, max-age=31536000, immutable";
                return TypedResults.Bytes(asset.Content, asset.Type);
            }).ExcludeFromDescription();
    }

    private static Asset Of(string extension, string type, byte[] content) =>
        new($"/assets/{Convert.ToHexStringLower(SHA256.HashData(content).AsSpan(0, 8))}.{extension}", type, content);

    private static byte[] Bytes(string text) => System.Text.Encoding.UTF8.GetBytes(text);

    private static byte[] Read(string name)
    {
        using var stream = typeof(Assets).Assembly.GetManifestResourceStream($"Kindred.Server.Dashboard.Assets.{name}")!;
        var content = new byte[stream.Length];
        stream.ReadExactly(content);
        return content;
    }
}
