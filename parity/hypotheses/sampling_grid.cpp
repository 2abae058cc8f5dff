#include "ir/error.h"
#include "parity/hypotheses/graph_edit.h"

// Where Resize, GridSample and their like read an image.

namespace twingrad {
namespace {

using Changes = std::vector<NodeChange>;

void add_text(Changes& changes, NodeId id, const Node& node, std::string_view attribute,
              std::initializer_list<const char*> values) {
  const std::string& here = node.attributes.text(attribute);
  for (const std::string value : values) {
    if (value != here) changes.push_back(attribute_change(id, attribute, value, value, here));
  }
}

void add_resize(Changes& changes, NodeId id, const Node& node) {
  const std::initializer_list<const char*> grids = {"align_corners", "half_pixel", "asymmetric",
                                                    "pytorch_half_pixel", "half_pixel_symmetric"};
  add_text(changes, id, node, "coordinate_transformation_mode", grids);
  const std::string& mode = node.attributes.text("mode");
  if (mode == "cubic") {
    const float here = node.attributes.real("cubic_coeff_a");
    for (const float value : {-0.75F, -0.5F}) {
      if (value == here) continue;
      changes.push_back(
          attribute_change(id, "cubic_coeff_a", value, join_text(value), join_text(here)));
    }
  }
  if (mode != "nearest") return;
  const std::initializer_list<const char*> roundings = {"floor", "round_prefer_floor",
                                                        "round_prefer_ceil", "ceil"};
  add_text(changes, id, node, "nearest_mode", roundings);
  const std::string here = node.attributes.text("coordinate_transformation_mode") + ", " +
                           node.attributes.text("nearest_mode");
  for (const std::string grid : grids) {
    for (const std::string rounding : roundings) {
      const NodeEdit edit = [grid, rounding](Builder& builder, NodeSpec spec) {
        spec.attributes.set("coordinate_transformation_mode", grid);
        spec.attributes.set("nearest_mode", rounding);
        return builder.emit(std::move(spec));
      };
      changes.push_back({id,
                         join_text("coordinate_transformation_mode ", grid, " and nearest_mode ",
                                   rounding, " (here ", here, ")"),
                         {{id, edit}}});
    }
  }
}

}  // namespace

void other_sampling_grids(const FailedCase& failed, const VariantTest& test) {
  Changes changes;
  NodeId id = 0;
  for (const Node& node : failed.item.graph.nodes()) {
    if (is_operator(node, "Resize")) add_resize(changes, id, node);
    if (is_operator(node, "GridSample") || is_operator(node, "AffineGrid")) {
      const int64_t here = node.attributes.integer("align_corners");
      const int64_t other = here == 0 ? 1 : 0;
      changes.push_back(attribute_change(id, "align_corners", other, std::to_string(other),
                                         std::to_string(here)));
    }
    if (is_operator(node, "RoiAlign")) {
      add_text(changes, id, node, "coordinate_transformation_mode",
               {"half_pixel", "output_half_pixel"});
    }
    ++id;
  }
  try_changes(failed, changes, test);
}

}  // namespace twingrad
