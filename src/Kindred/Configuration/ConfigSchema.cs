using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Reflection;
using System.Text.Json.Nodes;
using System.Text.Json.Schema;
using System.Text.Json.Serialization.Metadata;

namespace Kindred.Configuration;

/// <summary>
/// The schema of a pipeline's file (JSON Schema 2020-12), made of the types that read it: an editor says what
/// <see cref="PipelineConfig.Read"/> would.
/// </summary>
internal static class ConfigSchema
{
    /// <returns>A new object each time.</returns>
    public static JsonObject Create()
    {
        var schema = JsonSchemaExporter.GetJsonSchemaAsNode(ConfigJson.Options, typeof(PipelineConfig), new()
        {
            TreatNullObliviousAsNonNullable = true,
            TransformSchemaNode = (context, node) => Described(context, node),
        }).AsObject();
        schema.Insert(0, "$schema", "https://json-schema.org/draft/2020-12/schema");
        schema.Insert(1, "title", "A pipeline of Kindred");
        return schema;
    }

    private static JsonNode Described(JsonSchemaExporterContext context, JsonNode node)
    {
        if (node is not JsonObject schema) return node;
        if (context.TypeInfo.Kind == JsonTypeInfoKind.Object && context.TypeInfo.Type != typeof(JsonObject))
            schema["additionalProperties"] = false;
        var attributes = context.PropertyInfo?.AttributeProvider;
        if (AttributeOf<RangeAttribute>(attributes) is { } range)
        {
            // of a list and a dictionary each
            var number = schema["items"] as JsonObject ?? schema["additionalProperties"] as JsonObject ?? schema;
            number[range.MinimumIsExclusive ? "exclusiveMinimum" : "minimum"] = NumberOf(range.Minimum);
            if (range.Maximum is not (int.MaxValue or double.MaxValue))
                number[range.MaximumIsExclusive ? "exclusiveMaximum" : "maximum"] = NumberOf(range.Maximum);
        }
        string? description = AttributeOf<DescriptionAttribute>(attributes)?.Description
            ?? context.TypeInfo.Type.GetCustomAttribute<DescriptionAttribute>(inherit: false)?.Description;
        if (description is not null) schema.Insert(0, "description", description);
        return schema;
    }

    private static JsonValue NumberOf(object bound) => bound is int whole ? JsonValue.Create(whole) : JsonValue.Create((double)bound);

    private static T? AttributeOf<T>(ICustomAttributeProvider? provider) where T : Attribute =>
        provider?.GetCustomAttributes(typeof(T), inherit: true) is [T first, ..] ? first : null;
}
