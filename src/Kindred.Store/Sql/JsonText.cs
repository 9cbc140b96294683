using System.Text.Encodings.Web;
using System.Text.Json;

namespace Kindred.Store.Sql;

/// <summary>How JSON is written into the store.</summary>
internal static class JsonText
{
    /// <summary>Letters as they are: attributes are shown, not put into scripts.</summary>
    public static JsonSerializerOptions Options { get; } = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
}
